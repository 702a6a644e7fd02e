#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "calendar/rules.h"
#include "config/section.h"

// Times of day, days of the week and dates as they are written. Each reports what is wrong and gives nothing
// then.
namespace slipway::config {

// "Tue" or "Tuesday", Sunday is 0; nothing where it is neither.
std::optional<int> parse_weekday(std::string_view text);

// The names that weekdays are suggested from.
const std::vector<std::string>& weekday_names();

// "09:00", 00:00 … 24:00.
std::optional<calendar::Minutes> read_clock(const Field& field, Problems& problems);

// "Tue", "Mon-Fri" or a list of such; a range may go over the end of a week.
std::optional<std::array<bool, 7>> read_days(const Field& field, Problems& problems);

// "12-15": the month, then the day.
std::optional<calendar::DayOfYear> read_day_of_year(const Field& field, Problems& problems);

// "2026-12-25", a day that there is, from 1970 to 9999.
std::optional<Word> read_date(const Field& field, Problems& problems);

// An IANA zone that this machine knows.
std::optional<std::string> read_zone(const Field& field, Problems& problems);

}  // namespace slipway::config
