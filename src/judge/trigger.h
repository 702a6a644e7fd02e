#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "judge/experience.h"

namespace slipway::judge {

// An absolute limit that ends a canary: the metric beyond the threshold for the whole of the duration.
struct Trigger {
  enum class Metric {
    error_rate,     // share of requests with a status 5xx or a failed connection, above the threshold
    response_time,  // its `statistic`, above the threshold
    health_check,   // share of healthy instances, below the threshold
  };
  enum class Statistic { mean, p50, p90, p99 };
  Metric metric = Metric::error_rate;
  Statistic statistic = Statistic::mean;  // of response_time
  std::int64_t threshold = 0;             // shares: parts per million, 0 … 1'000'000; response_time: ms
  Duration duration{300'000};             // whole seconds, 1 s … 1 h
  bool operator==(const Trigger&) const = default;
};

// "ErrorRate above 5 % for 5 min"
std::string describe(const Trigger& trigger);

// No share and no time is said of fewer requests.
inline constexpr std::int64_t least_requests = 50;

// What a release looks like to a trigger now.
struct Finding {
  bool known = false;     // enough was seen to say anything
  bool beyond = false;    // the value, as far as it is known, is beyond the threshold
  bool breached = false;  // for the whole of the duration
  double value = 0;  // of the metric over the duration: a share (of health: the highest), or milliseconds
  std::int64_t requests = 0;      // in the duration; not counted for health
  std::optional<Time> first_bad;  // the first request in the duration that counts against the release
};

// The literal form: over the last `duration`, all of it since `since` (users came then), with least_requests
// in it, the metric is beyond the threshold; and so it is in every fifth of the duration that has
// least_requests of its own, so that a burst doesn't stand for the whole. Health is below in every second of
// the duration that was observed, nine in ten at least. Looks at whole seconds, not at the one under way;
// where `since` is later than the duration's beginning, at what there is, and nothing is breached.
Finding look(const Trigger& trigger, const Experience& experience, Time since, Time now);

// A trigger of requests over all of [from, now), however long that is: where there is little traffic, its
// duration alone tells nothing. Breached is nothing by that.
Finding look_over(const Trigger& trigger, const Experience& experience, Time from, Time now);

}  // namespace slipway::judge
