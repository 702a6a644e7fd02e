#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace date {
class time_zone;
}

namespace slipway::calendar {

using Day = std::chrono::local_days;

// "2026-12-25", of the years 1 to 9999; invalid_input otherwise.
Result<Day> parse_day(std::string_view text);
std::string format_day(Day day);  // "2026-12-25"
Day monday_of(Day day);           // the week's first day

// Days and clocks as a place has them.
class Zone {
 public:
  static Result<Zone> named(const std::string& name);  // invalid_input, as check_zone (resolve.h)

  const std::string& name() const { return name_; }
  Day day_of(Time time) const;
  // Its first moment: where a change of the clock skips midnight, the change.
  Time begin(Day day) const;
  std::string clock(Time time) const;  // "14:00"
  // "Thu 26 Nov", with the year where it isn't that of `now`; and "Thu 26 Nov 14:00".
  std::string date(Time time, Time now) const;
  std::string moment(Time time, Time now) const;

 private:
  Zone(std::string name, const date::time_zone& zone) : name_(std::move(name)), zone_(&zone) {}

  std::string name_;
  const date::time_zone* zone_;
};

std::string_view weekday_name(Day day);  // "Thu"
std::string_view month_name(Day day);    // "Nov"

}  // namespace slipway::calendar
