#include "calendar/zone.h"

#include <date/tz.h>

#include <array>
#include <charconv>

#include "calendar/resolve.h"

namespace slipway::calendar {
namespace {

using std::chrono::year_month_day;

date::local_seconds local(const date::time_zone& zone, Time time) {
  return zone.to_local(date::floor<std::chrono::seconds>(time));
}

// A number that fills all of the text with digits.
std::optional<int> digits(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.front() == '-' || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

}  // namespace

Result<Day> parse_day(std::string_view text) {
  const auto wrong = fail(ErrorKind::invalid_input, "\"{}\" is no date: write it as 2026-12-25", text);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return wrong;
  const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2)),
             day = digits(text.substr(8, 2));
  if (!year || !month || !day || *year == 0) return wrong;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return wrong;
  return Day(date);
}

std::string format_day(Day day) {
  const year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

Day monday_of(Day day) {
  return day - (std::chrono::weekday(day) - std::chrono::Monday);
}

std::string_view weekday_name(Day day) {
  constexpr std::array names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  return names[std::chrono::weekday(day).c_encoding()];
}

std::string_view month_name(Day day) {
  constexpr std::array names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return names[static_cast<unsigned>(year_month_day(day).month()) - 1];
}

Result<Zone> Zone::named(const std::string& name) {
  TRY_VOID(check_zone(name));
  try {
    return Zone(name, *date::locate_zone(name));
  } catch (const std::exception& e) {
    return fail(ErrorKind::unavailable, "the zone data of this machine can't be read: {}", e.what());
  }
}

Day Zone::day_of(Time time) const {
  return Day(std::chrono::days(date::floor<date::days>(local(*zone_, time)).time_since_epoch().count()));
}

Time Zone::begin(Day day) const {
  const date::local_seconds midnight{std::chrono::seconds(day.time_since_epoch())};
  const date::local_info info = zone_->get_info(midnight);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return Time(Duration(midnight.time_since_epoch() - info.first.offset));
}

std::string Zone::clock(Time time) const {
  const auto at = local(*zone_, time);
  const auto minutes = date::floor<std::chrono::minutes>(at - date::floor<date::days>(at)).count();
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

std::string Zone::date(Time time, Time now) const {
  const Day day = day_of(time);
  const year_month_day date(day);
  std::string text =
      fmt::format("{} {} {}", weekday_name(day), static_cast<unsigned>(date.day()), month_name(day));
  if (date.year() != year_month_day(day_of(now)).year()) text += fmt::format(" {}", int(date.year()));
  return text;
}

std::string Zone::moment(Time time, Time now) const {
  return date(time, now) + " " + clock(time);
}

}  // namespace slipway::calendar
