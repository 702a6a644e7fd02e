#pragma once

#include <span>

#include "calendar/slots.h"

// Whether something may be deployed at a moment, and if not, why and when it may.
namespace slipway::calendar {

struct Openness {
  bool open = false;          // at this moment
  bool fits = false;          // open, and what takes so long would end before it closes
  std::optional<Time> until;  // open: when it closes; nothing: not within what is known
  // Where it isn't open, or doesn't fit: "it deploys Tue and Thu 14:00–16:00 UTC", "frozen by alice: audit,
  // until 2026-12-01T09:00:00Z", "it closes at …, and this takes 40 min".
  std::string why;
  std::optional<Time> next;  // the first moment at which it fits; nothing: not within what is known
  bool operator==(const Openness&) const = default;
};

// Deny beats allow: a closure or a freeze closes what a slot opens. An emergency slot opens what no slot
// opens, and what a closure closes, but not what a freeze closes. A slot's `longest` doesn't fit what is
// expected to take longer. `expected` ≥ 0.
Openness look(const Slots& slots, std::span<const Closure> freezes, std::span<const Slot> emergencies,
              Time now, Duration expected);

}  // namespace slipway::calendar
