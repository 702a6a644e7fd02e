#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "judge/settings.h"
#include "judge/trigger.h"
#include "judge/verdict.h"

// Why a verdict is what it is, as data: the CLI, the API and notifications make the same sentences of it.
namespace slipway::judge {

// Of errors: shares; of times: milliseconds; of `shape`: the median's.
struct Estimate {
  double value = 0;
  double lowest = 0, highest = 0;  // may be infinite
};

// How the canary compares with stable in one metric.
struct Comparison {
  Metric metric = Metric::errors;
  double evidence = 1;  // this metric's alone, as "evidence : 1"
  Estimate canary, stable;
  Estimate ratio;  // canary's over stable's, at 1 − alpha
};

// What the canary is known to be within, or beyond: anytime-valid at 95 %.
struct RuledOut {
  Trigger trigger;
  bool ruled_out = false;  // that the canary is beyond the threshold
  double evidence = 1;     // against the limit: that it is beyond; 1 / alpha is enough
  double above = 0;        // values above this are ruled out, in the trigger's unit (share, milliseconds)
};

enum class Cause {
  none,
  fast_path,     // most of the canary's requests fail
  relative,      // worse than stable
  trigger,       // beyond a limit
  environment,   // stable is beyond the same limit
  no_traffic,    // requests that should have come to the canary didn't
  sample_ratio,  // the arms' shares aren't the weight
  bad_data,      // what was seen has gaps, or can't be
  accepted,      // early, at the margins
  within,        // at the end of a hold: every limit ruled out and no sign of worse
  rising,        // the evidence against the canary is too high to call it healthy
  not_ruled_out  // a limit isn't ruled out yet
};

struct Evidence {
  Verdict::Kind kind = Verdict::Kind::undecided;
  Cause cause = Cause::none;
  double evidence = 1;  // that it is worse than stable, as "evidence : 1"
  double limit = 100;
  std::int64_t requests = 0;            // of the canary, seen so far
  Duration seen{};                      // since its first second
  std::optional<Metric> leading;        // the metric that brings most of the evidence
  std::vector<Comparison> comparisons;  // errors, p50, p90, p99
  std::vector<RuledOut> limits;         // by trigger of requests
  std::string detail;                   // of bad data, missing traffic: a phrase
};

// "errors 5.1 % against 0.48 % (4.2 × to 21 ×, 99 % interval), evidence 240 : 1, limit 100 : 1, 214 canary
// requests"
std::string sentence(const Evidence& evidence);

void to_json(Json& json, const Evidence& evidence);

}  // namespace slipway::judge
