#include <fmt/format.h>

#include <algorithm>

#include "calendar/busy.h"
#include "config/day.h"
#include "config/names.h"
#include "config/windows.h"

namespace slipway::config {
namespace {

constexpr std::size_t most_blackouts = 100;
constexpr std::size_t most_dates = 1000;

std::string read_reason(const Section& section, Problems& problems) {
  const auto reason = section.find("reason");
  if (!reason) return "";
  auto word = read_line(*reason, "a reason", "say why nothing is deployed then", problems);
  return word ? std::move(word->text) : "";
}

std::string zone_of(const Section& section, Problems& problems) {
  const auto zone = section.find("zone");
  return zone ? read_zone(*zone, problems).value_or("UTC") : "UTC";
}

calendar::YearlyBlackout read_yearly(const Section& section, Problems& problems) {
  calendar::YearlyBlackout yearly;
  if (const auto from = section.require("from", "from: 12-15", problems))
    yearly.from = read_day_of_year(*from, problems).value_or(yearly.from);
  if (const auto to = section.require("to", "to: 01-05", problems))
    yearly.to = read_day_of_year(*to, problems).value_or(yearly.to);
  yearly.zone = zone_of(section, problems);
  yearly.reason = read_reason(section, problems);
  return yearly;
}

calendar::DatesBlackout read_dates(const Field& field, const Section& section, Problems& problems) {
  calendar::DatesBlackout blackout;
  const std::size_t count = field.value->items.size();
  if (field.value->kind == Node::Kind::list && count == 0)
    problems.report(field.key_place, "dates is empty", "write them as [2026-12-25, 2027-01-01]");
  if (count > most_dates)
    problems.report(
        field.key_place, fmt::format("there are {} dates", count),
        fmt::format("{} is the most: write a range that comes each year, or an iCalendar file", most_dates));
  else
    for (Field& item : read_list(field, problems)) {
      item.key = "dates";
      auto date = read_date(item, problems);
      if (!date) continue;
      if (std::ranges::find(blackout.dates, date->text) != blackout.dates.end())
        problems.report(date->place, fmt::format("dates: {} is there already", date->text), "remove it");
      blackout.dates.push_back(std::move(date->text));
    }
  blackout.zone = zone_of(section, problems);
  blackout.reason = read_reason(section, problems);
  return blackout;
}

void check_calendar(const std::string& text, Place place, std::string_view file, Problems& problems) {
  const auto busy = calendar::busy_times(text, Time{}, Time{} + std::chrono::days(1));
  if (!busy)
    problems.report(place, fmt::format("ical: {}: {}", file, busy.error().message),
                    "export it anew as iCalendar (.ics)");
}

// The file's name; or, as it is sent, its name and its text.
calendar::CalendarBlackout read_calendar(const Field& field, const std::string& where, Files& files,
                                         Problems& problems) {
  calendar::CalendarBlackout blackout;
  if (field.value->kind != Node::Kind::map) {
    auto name = read_text(field, problems);
    if (!name) return blackout;
    auto text = files.text_of(*name, "ical", problems);
    if (!text) return blackout;
    check_calendar(*text, name->place, name->text, problems);
    return {std::move(name->text), *std::move(text)};
  }
  const auto section = Section::open(field, where + ".blackouts.ical", {{"file", "text"}}, problems);
  if (!section) return blackout;
  if (const auto file = section->require("file", "file: holidays.ics", problems))
    if (auto name = read_line(*file, "the name of a file", "write the name that it has", problems))
      blackout.file = std::move(name->text);
  if (const auto text = section->require("text", "text: the file's own", problems))
    if (auto word = read_text(*text, problems)) {
      check_calendar(word->text, text->key_place, blackout.file, problems);
      blackout.text = std::move(word->text);
    }
  return blackout;
}

std::optional<calendar::Blackout> read_blackout(const Field& item, const std::string& where, Files& files,
                                                Problems& problems) {
  constexpr std::string_view forms = "write {from: 12-15, to: 01-05}, {dates: [2026-12-25]} or {ical: FILE}";
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a blackout must hold keys and their values", forms);
    return std::nullopt;
  }
  const auto section = Section::open(item, where + ".blackouts",
                                     {{"from", "to", "dates", "ical", "zone", "reason"}}, problems);
  if (!section) return std::nullopt;
  const bool yearly = section->find("from") || section->find("to");
  const auto dates = section->find("dates");
  const auto ical = section->find("ical");
  const int kinds = (yearly ? 1 : 0) + (dates ? 1 : 0) + (ical ? 1 : 0);
  if (kinds != 1) {
    problems.report(item.place(),
                    kinds == 0 ? "this blackout says no days" : "a blackout says its days in one way", forms);
    return std::nullopt;
  }
  if (yearly) return read_yearly(*section, problems);
  if (dates) return read_dates(*dates, *section, problems);
  for (const char* key : {"zone", "reason"})
    if (const auto field = section->find(key))
      problems.report(field->key_place, fmt::format("{}: the iCalendar file says it for each event", key),
                      "remove it");
  return read_calendar(*ical, where, files, problems);
}

}  // namespace

std::vector<calendar::Blackout> read_blackouts(const Field& field, const std::string& where, Files& files,
                                               Problems& problems) {
  std::vector<calendar::Blackout> blackouts;
  const std::size_t count = field.value->items.size();
  if (count > most_blackouts) {
    problems.report(field.key_place, fmt::format("there are {} blackouts in {}", count, where),
                    fmt::format("{} is the most", most_blackouts));
    return blackouts;
  }
  for (const Field& item : read_list(field, problems))
    if (auto blackout = read_blackout(item, where, files, problems))
      blackouts.push_back(*std::move(blackout));
  return blackouts;
}

}  // namespace slipway::config
