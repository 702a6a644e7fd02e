#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json_fwd.h"
#include "base/time.h"

// When an environment may be deployed to, as it is written. What that means in instants: resolve.h.
namespace slipway::calendar {

// Minutes after local midnight, 0 … 1440 (24:00, the end of the day).
using Minutes = std::chrono::minutes;

// On each of the days, from `from` to just before `to`; where `to` isn't later than `from` it is of the next
// day. Local times that a change of the clock skips begin and end at the change; times that come twice begin
// at the first and end at the second, but for the first of them as an end, which is the first.
struct Window {
  std::array<bool, 7> days{true, true, true, true, true, true, true};  // Sunday first, as in <chrono>
  Minutes from{0};
  Minutes to{24 * 60};
  std::string zone = "UTC";  // IANA
  std::optional<Duration> longest;
  bool operator==(const Window&) const = default;
};

struct DayOfYear {
  int month = 1;  // 1 … 12
  int day = 1;    // 1 … 31; 29 Feb exists in leap years alone, and is 28 Feb or 1 Mar else: never shorter
  bool operator==(const DayOfYear&) const = default;
};

// Whole local days, both ends included, each year; the end may be earlier in the year than the beginning.
struct YearlyBlackout {
  DayOfYear from, to;
  std::string zone = "UTC";
  std::string reason;
  bool operator==(const YearlyBlackout&) const = default;
};

// Whole local days: "2026-12-25".
struct DatesBlackout {
  std::vector<std::string> dates;
  std::string zone = "UTC";
  std::string reason;
  bool operator==(const DatesBlackout&) const = default;
};

// The busy times of an iCalendar file's events, recurring ones as often as they recur; the text, since the
// file may change.
struct CalendarBlackout {
  std::string file;  // as written, for messages
  std::string text;
  bool operator==(const CalendarBlackout&) const = default;
};

using Blackout = std::variant<YearlyBlackout, DatesBlackout, CalendarBlackout>;

struct Rules {
  std::vector<Window> windows;  // none: any time
  std::vector<Blackout> blackouts;
  bool operator==(const Rules&) const = default;
};

void to_json(Json& json, const Rules& rules);
void from_json(const Json& json, Rules& rules);

}  // namespace slipway::calendar
