#include "base/time.h"

#include <array>
#include <cstdint>
#include <ctime>
#include <limits>

namespace slipway {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<Unit, 5> units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

std::tm utc(Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

std::string date_and_time(Time time) {
  const std::tm t = utc(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                     t.tm_hour, t.tm_min, t.tm_sec);
}

std::string two_units(std::int64_t large, std::string_view large_name, std::int64_t small,
                      std::string_view small_name) {
  if (small == 0) return fmt::format("{} {}", large, large_name);
  return fmt::format("{} {} {} {}", large, large_name, small, small_name);
}

}  // namespace

std::string format_duration(Duration duration) {
  const std::int64_t ms = duration.count();
  if (ms < 0) return "-" + format_duration(-duration);
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 10'000 && ms % 1000 != 0) return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  const std::int64_t s = ms / 1000;
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return two_units(s / 60, "min", s % 60, "s");
  if (s < 86'400) return two_units(s / 3600, "h", s % 3600 / 60, "min");
  return two_units(s / 86'400, "d", s % 86'400 / 3600, "h");
}

std::string format_time(Time time) {
  return date_and_time(time) + "Z";
}

std::string format_time_precise(Time time) {
  const auto ms = (time - std::chrono::floor<std::chrono::seconds>(time)).count();
  return fmt::format("{}.{:03}Z", date_and_time(time), ms);
}

Result<Duration> parse_duration(std::string_view text) {
  const auto wrong =
      fail(ErrorKind::invalid_input, "\"{}\" is not a duration: write it as 5m, 90s or 1h30m", text);
  std::string_view rest = text;
  std::int64_t total = 0;
  if (rest.empty()) return wrong;
  while (!rest.empty()) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
      if (digits == 9) return wrong;
      number = number * 10 + (rest[digits++] - '0');
    }
    std::size_t letters = digits;
    while (letters < rest.size() && rest[letters] >= 'a' && rest[letters] <= 'z') ++letters;
    const std::string_view unit_name = rest.substr(digits, letters - digits);
    const Unit* unit = nullptr;
    for (const Unit& candidate : units)
      if (candidate.name == unit_name) unit = &candidate;
    if (digits == 0 || unit == nullptr) return wrong;
    total += number * unit->milliseconds;
    rest.remove_prefix(letters);
  }
  return Duration(total);
}

}  // namespace slipway
