#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "judge/trigger.h"

// Figures as they stand in sentences.
namespace slipway::judge {

std::string share_figure(double share);                         // 0 … 1: "20.4 %", "5 %", "0.41 %"
std::string time_figure(double milliseconds);                   // "38 ms", "2.41 s", "1 min 5 s"
std::string span_figure(Duration duration);                     // whole seconds: "5 s", "5 min"
std::string requests_figure(std::int64_t count);                // "1,204 requests", "1 request"
std::string odds_figure(double evidence);                       // "240 : 1", "0.8 : 1"; at least 0
std::string factor_figure(double factor);                       // "0.92 ×", "4.2 ×", "21 ×"
std::string limit_figure(const Trigger& trigger);               // the threshold, not rounded
std::string_view statistic_name(Trigger::Statistic statistic);  // "mean", "p99"

}  // namespace slipway::judge
