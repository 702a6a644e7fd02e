#pragma once

#include <array>
#include <string_view>

#include "base/json_fwd.h"
#include "base/time.h"

namespace slipway::judge {

// What is compared: errors, how many requests are slower than stable's quantiles, and the whole distribution.
enum class Metric { errors, p50, p90, p99, p999, slow, shape };
inline constexpr int metrics = 7;
std::string_view name(Metric metric);  // "errors", "p99.9", "slow"

// `strategy.canary.judge`: what a user may set, and never needs to.
struct Settings {
  double alpha = 0.01;  // at most so many good rollouts are taken back, 0.0001 … 0.2
  // How much worse a canary may be: errors `errors_ratio` × stable's and errors_points (a share) more; times
  // `latency_ratio` × stable's and one bucket of a millisecond more.
  struct Tolerance {
    double errors_ratio = 1.1;
    double errors_points = 0.0005;
    double latency_ratio = 1.05;
    bool operator==(const Tolerance&) const = default;
  } tolerance;
  bool strict = false;  // no tolerance at all
  // How much of the evidence each metric may bring, by Metric; made to sum to 1. 0: it isn't looked at.
  std::array<double, metrics> weights{.33, .09, .08, .06, .04, .20, .20};
  // Accepted before the hold's end once a canary worse than this is ruled out in every metric, with at most
  // `beta` of those that are worse accepted.
  struct Accept {
    double beta = 0.05;
    double errors_ratio = 2, errors_points = 0.0025;
    double p50 = 1.28, p90 = 1.28, p99 = 1.55;
    bool operator==(const Accept&) const = default;
  } accept;
  Duration minimum_bake{0};  // where a hold ended early, the bake takes at least so long
  bool literal = false;      // only the triggers, as they are written
  bool operator==(const Settings&) const = default;
};

// As they are journalled: keys that are missing keep their defaults.
void to_json(Json& json, const Settings::Tolerance& tolerance);
void from_json(const Json& json, Settings::Tolerance& tolerance);
void to_json(Json& json, const Settings::Accept& accept);
void from_json(const Json& json, Settings::Accept& accept);
void to_json(Json& json, const Settings& settings);
void from_json(const Json& json, Settings& settings);

}  // namespace slipway::judge
