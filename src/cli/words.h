#pragma once

#include <string>

#include "cli/terminal.h"
#include "cli/view.h"

// How single things are said, the same everywhere.
namespace slipway::cli {

std::string clock(Time time);               // "22:14:07", UTC
std::string date_and_clock(Time time);      // "2026-11-23 22:14:07", UTC
std::string minutes(Duration duration);     // "5:31", "1:02:03"
std::string size_text(std::int64_t bytes);  // "212 MB"
std::string percent(double share);          // of 0 … 1: "0.42 %", "12.5 %"
std::string place(View target);             // "shop › production"
std::string version_of(View fleet_or_release);
std::string short_digest(View release);
std::string short_commit(const std::string& commit);
std::string outcome_text(View record);  // "rolled back"
// "detected in 4.1 s, restored in 38 ms"; as much of it as is known.
std::string return_times(View record);
std::string outcome_painted(View record, const Paint& paint);

}  // namespace slipway::cli
