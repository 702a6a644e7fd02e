#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "judge/settings.h"
#include "judge/trigger.h"
#include "judge/verdict_kind.h"

// Why a verdict is what it is, as data: the CLI, the API and notifications make the same sentences of it.
namespace slipway::judge {

// Of errors: shares; of times: milliseconds; of a ratio: a factor. `lowest` and `highest` may be infinite.
struct Estimate {
  double value = 0;
  double lowest = 0, highest = 0;
  bool operator==(const Estimate&) const = default;
};

// How the canary compares with stable in errors, p50, p90 or p99.
struct Comparison {
  Metric metric = Metric::errors;
  double evidence = 1;  // of this metric alone that the canary is worse, as "evidence : 1"
  Estimate canary, stable;
  Estimate ratio;  // canary's over stable's
  bool operator==(const Comparison&) const = default;
};

// Evidence, as "x : 1", of which so much rules a limit's breach out.
inline constexpr double ruled_out = 20;

// What a canary is known to be of a trigger.
struct Limit {
  Trigger trigger;
  double beyond = 1;  // the evidence that it is beyond the threshold, as "beyond : 1"
  double within = 1;  // that it isn't; `ruled_out` suffices
  double value = 0;   // the share of bad requests that was seen: errors, or times beyond the threshold
  double above = 0;   // shares above this are ruled out at 95 %, at every moment at once
  std::int64_t requests = 0;
  bool operator==(const Limit&) const = default;
};

enum class Cause {
  none,
  fast_path,      // most of the canary's requests fail
  relative,       // worse than stable
  trigger,        // beyond a limit
  environment,    // so is stable
  no_traffic,     // requests that should have come to an arm didn't
  sample_ratio,   // the arms' shares aren't the weight
  bad_data,       // what was seen has gaps, or can't be
  accepted,       // early, at the margins
  within,         // at the end of a hold: every limit is ruled out, and there is no sign of worse
  rising,         // the evidence against the canary is too much to call it healthy
  not_ruled_out,  // a limit isn't ruled out yet
};

struct Evidence {
  VerdictKind kind = VerdictKind::undecided;
  Cause cause = Cause::none;
  double evidence = 1;                  // that the canary is worse than stable, as "evidence : 1"
  double limit = 100;                   // that it takes
  double confidence = 0.99;             // of the intervals in `comparisons`
  std::int64_t requests = 0;            // of the canary that were seen so far
  std::int64_t errors = 0;              // of those
  Duration seen{};                      // since the first second
  Metric leading = Metric::errors;      // that brings most of the evidence
  std::vector<Comparison> comparisons;  // of what was seen of both
  std::vector<Limit> limits;            // by trigger of requests
  std::string detail;                   // of bad data, missing traffic, literal triggers: a phrase
  std::optional<Time> first_bad;        // unhealthy: since when the evidence rose
  bool operator==(const Evidence&) const = default;
};

// "errors 5.1 % against 0.48 % (4.2 × to 21 ×, 99 % interval), evidence 240 : 1, limit 100 : 1, 214 canary
// requests"
std::string sentence(const Evidence& evidence);
std::string_view name(Cause cause);  // "fast_path"

// What isn't finite is null.
void to_json(Json& json, const Evidence& evidence);
void from_json(const Json& json, Evidence& evidence);

}  // namespace slipway::judge
