#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace slipway {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;  // UTC

inline constexpr Duration one_second{1000};

// "38 ms", "4.2 s", "5 s", "41 s", "5 min 30 s", "2 h 3 min", "2 d 3 h": two units at most.
std::string format_duration(Duration duration);

// "2026-11-23T10:44:24Z", with milliseconds where `precise`.
std::string format_time(Time time);
std::string format_time_precise(Time time);

// "500ms", "90s", "5m", "1h30m", "2d"; the error is a phrase: "…" is not a duration: write it as 5m, 90s or
// 1h30m.
Result<Duration> parse_duration(std::string_view text);

}  // namespace slipway
