#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/time.h"

// What windows, blackouts and a release schedule come to in instants. Resolved once, for one deployment, and
// journalled: a change of zone data can't change what was decided.
namespace slipway::calendar {

// Open from `from` to just before `to`.
struct Slot {
  Time from{};
  Time to{};
  std::optional<Duration> longest;  // no deployment may be expected to take longer
  bool operator==(const Slot&) const = default;
};

// Closed from `from` to just before `to`, whatever else is open.
struct Closure {
  Time from{};
  Time to{};
  std::string why;  // "blacked out from 15 Dec to 5 Jan", "frozen by alice: audit"
  bool operator==(const Closure&) const = default;
};

struct Slots {
  bool restricted = false;      // false: open at any time but for `closed`, and `open` is empty
  std::string rule;             // "deploys Tue and Thu 14:00–16:00 UTC"; empty where not restricted
  std::vector<Slot> open;       // ascending, none touches another
  std::vector<Closure> closed;  // ascending by `from`; may overlap
  Time from{}, until{};         // of what is known: outside of it nothing is open where restricted
  bool operator==(const Slots&) const = default;
};

void to_json(Json& json, const Slot& slot);
void from_json(const Json& json, Slot& slot);
void to_json(Json& json, const Closure& closure);
void from_json(const Json& json, Closure& closure);
void to_json(Json& json, const Slots& slots);
void from_json(const Json& json, Slots& slots);

}  // namespace slipway::calendar
