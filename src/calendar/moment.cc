#include "calendar/moment.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace slipway::calendar {

std::string format_moment(Time time) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::minutes>(time - day));
  return fmt::format("{} {} {} {:02}:{:02} UTC", days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     clock.hours().count(), clock.minutes().count());
}

Result<Time> parse_moment(std::string_view text) {
  const auto wrong = fail(ErrorKind::invalid_input, "\"{}\" is no time: write it as 2026-11-26T14:00Z", text);
  const std::string copy(text.substr(0, 64));
  int year = 0, read = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2u:%2u%n", &year, &month, &day, &hour, &minute, &read) != 5 ||
      read == 0)
    return wrong;
  std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(read));
  if (rest.starts_with(':')) {
    int seconds_read = 0;
    if (std::sscanf(copy.c_str() + read, ":%2u%n", &second, &seconds_read) != 1) return wrong;
    rest.remove_prefix(static_cast<std::size_t>(seconds_read));
    if (rest.starts_with('.'))
      rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (rest != "Z" || !date.ok() || hour > 23 || minute > 59 || second > 59) return wrong;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace slipway::calendar
