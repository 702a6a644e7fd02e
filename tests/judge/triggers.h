#pragma once

#include "judge/trigger.h"

// Limits that several tests of the judge have in common.
namespace slipway::judge {

inline constexpr Trigger errors_above_5_percent{Trigger::Metric::error_rate, Trigger::Statistic::mean, 50'000,
                                                Duration(300'000)};
inline constexpr Trigger p99_above_a_second{Trigger::Metric::response_time, Trigger::Statistic::p99, 1000,
                                            Duration(300'000)};

// For half a minute or less, so that a test can write down each second.
inline constexpr Trigger errors_for_30_seconds{Trigger::Metric::error_rate, Trigger::Statistic::mean, 50'000,
                                               Duration(30'000)};
inline constexpr Trigger mean_above_2_seconds{Trigger::Metric::response_time, Trigger::Statistic::mean, 2000,
                                              Duration(30'000)};
inline constexpr Trigger half_healthy{Trigger::Metric::health_check, Trigger::Statistic::mean, 500'000,
                                      Duration(20'000)};

}  // namespace slipway::judge
