#include "config/day.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "calendar/resolve.h"

namespace slipway::config {
namespace {

constexpr int days_in_week = 7;

// The number that `text` is, of exactly so many digits.
std::optional<int> digits(std::string_view text, std::size_t count) {
  if (text.size() != count) return std::nullopt;
  int number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

void report_weekday(std::string_view text, Place place, std::string_view key, Problems& problems) {
  const std::string message = fmt::format("{}: \"{}\" is not a day of the week", key, text);
  if (const auto meant = nearest(text, weekday_names()))
    problems.report(place, fmt::format("{}; did you mean \"{}\"?", message, *meant));
  else
    problems.report(place, message, "write Tue, Mon-Fri, or a list such as [Tue, Thu]");
}

// Reports a day that is written twice.
void add_days(const Word& word, std::string_view key, std::array<bool, days_in_week>& days,
              Problems& problems) {
  const std::string_view text = word.text;
  const std::size_t dash = text.find('-');
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = dash == std::string_view::npos ? text : text.substr(dash + 1);
  const auto first = parse_weekday(first_text);
  const auto last = parse_weekday(last_text);
  if (!first || !last) return report_weekday(first ? last_text : first_text, word.place, key, problems);
  if (dash != std::string_view::npos && *first == *last)
    return problems.report(word.place, fmt::format("{}: {} begins and ends on the same day", key, text),
                           "write that day alone, or Mon-Sun for all of them");
  for (int day = *first;; day = (day + 1) % days_in_week) {
    bool& chosen = days.at(static_cast<std::size_t>(day));
    if (chosen)
      return problems.report(
          word.place,
          fmt::format("{}: {} is there already", key, weekday_names()[static_cast<std::size_t>(day)]),
          "write each day once");
    chosen = true;
    if (day == *last) return;
  }
}

}  // namespace

const std::vector<std::string>& weekday_names() {
  static const std::vector<std::string> names{"Sun",       "Mon",      "Tue",    "Wed",     "Thu",
                                              "Fri",       "Sat",      "Sunday", "Monday",  "Tuesday",
                                              "Wednesday", "Thursday", "Friday", "Saturday"};
  return names;
}

std::optional<int> parse_weekday(std::string_view text) {
  const auto found = std::ranges::find(weekday_names(), text);
  if (found == weekday_names().end()) return std::nullopt;
  return static_cast<int>(found - weekday_names().begin()) % days_in_week;
}

std::optional<calendar::Minutes> read_clock(const Field& field, Problems& problems) {
  const auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const std::string_view text = word->text;
  const bool formed = text.size() == 5 && text[2] == ':';
  const auto hour = formed ? digits(text.substr(0, 2), 2) : std::nullopt;
  const auto minute = formed ? digits(text.substr(3), 2) : std::nullopt;
  if (!hour || !minute) {
    problems.report(word->place, fmt::format("{}: \"{}\" is not a time of day", field.key, text),
                    "write hours and minutes, such as \"09:00\" or \"16:30\"");
    return std::nullopt;
  }
  const calendar::Minutes time(*hour * 60 + *minute);
  if (*minute > 59 || time > std::chrono::hours(24)) {
    problems.report(word->place, fmt::format("{}: there is no {} o'clock", field.key, text),
                    "write a time from \"00:00\" to \"24:00\", the end of the day");
    return std::nullopt;
  }
  return time;
}

std::optional<std::array<bool, 7>> read_days(const Field& field, Problems& problems) {
  std::array<bool, days_in_week> days{};
  if (field.value->kind == Node::Kind::scalar) {
    const auto word = read_text(field, problems);
    if (!word) return std::nullopt;
    add_days(*word, field.key, days, problems);
  } else {
    if (field.value->kind != Node::Kind::map && field.value->items.empty()) {
      problems.report(field.key_place, fmt::format("{} is empty", field.key),
                      "write Tue, Mon-Fri, or a list such as [Tue, Thu]; leave it out for every day");
      return std::nullopt;
    }
    for (const Field& item : read_list(field, problems))
      if (const auto word = read_text(item, problems)) add_days(*word, field.key, days, problems);
  }
  return std::ranges::find(days, true) != days.end() ? std::optional(days) : std::nullopt;
}

std::optional<calendar::DayOfYear> read_day_of_year(const Field& field, Problems& problems) {
  const auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const std::string_view text = word->text;
  const bool formed = text.size() == 5 && text[2] == '-';
  const auto month = formed ? digits(text.substr(0, 2), 2) : std::nullopt;
  const auto day = formed ? digits(text.substr(3), 2) : std::nullopt;
  if (!month || !day) {
    problems.report(word->place, fmt::format("{}: \"{}\" is not a day of the year", field.key, text),
                    "a range comes each year: write its month and day, such as 12-15; other days are dates: "
                    "[2026-12-25]");
    return std::nullopt;
  }
  const std::chrono::month_day date{std::chrono::month(static_cast<unsigned>(*month)),
                                    std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) {
    problems.report(word->place, fmt::format("{}: there is no day {}", field.key, text),
                    "write the month, then the day: 12-15 is 15 December");
    return std::nullopt;
  }
  return calendar::DayOfYear{*month, *day};
}

std::optional<Word> read_date(const Field& field, Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const std::string_view text = word->text;
  const bool formed = text.size() == 10 && text[4] == '-' && text[7] == '-';
  const auto year = formed ? digits(text.substr(0, 4), 4) : std::nullopt;
  const auto month = formed ? digits(text.substr(5, 2), 2) : std::nullopt;
  const auto day = formed ? digits(text.substr(8), 2) : std::nullopt;
  if (!year || !month || !day) {
    problems.report(word->place, fmt::format("{}: \"{}\" is not a date", field.key, text),
                    "write it as 2026-12-25");
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970) {
    problems.report(word->place, fmt::format("{}: there is no day {}", field.key, text),
                    "write the year, the month and the day: 2026-12-25");
    return std::nullopt;
  }
  return word;
}

std::optional<std::string> read_zone(const Field& field, Problems& problems) {
  auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const Status known = calendar::check_zone(word->text);
  if (known) return std::move(word->text);
  problems.report(word->place, fmt::format("{}: {}", field.key, known.error().message),
                  "zones are those of the IANA, as in /usr/share/zoneinfo");
  return std::nullopt;
}

}  // namespace slipway::config
