#include "config/windows.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/day.h"

namespace slipway::config {
namespace {

constexpr std::size_t most_windows = 100;

calendar::Window read_window(const Field& item, const std::string& where, Problems& problems) {
  calendar::Window window;
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a window must hold keys and their values",
                    R"(write it as {days: Mon-Fri, from: "09:00", to: "17:00", zone: UTC})");
    return window;
  }
  const auto section =
      Section::open(item, where + ".windows", {{"days", "from", "to", "zone", "longest"}}, problems);
  if (!section) return window;
  if (section->fields().empty())
    problems.report(section->place(), "this window says nothing",
                    "remove it where any time is right, or write days, from and to");
  if (const auto days = section->find("days")) window.days = read_days(*days, problems).value_or(window.days);
  const auto from = section->find("from");
  const auto to = section->find("to");
  const auto begins = from ? read_clock(*from, problems) : std::optional(window.from);
  const auto ends = to ? read_clock(*to, problems) : std::optional(window.to);
  if (from && begins == std::chrono::hours(24)) {
    problems.report(from->place(), "from: 24:00 is the end of a day, and nothing begins there",
                    "write \"00:00\", and the next day");
  } else if (begins && ends && *begins == *ends) {
    problems.report((to ? *to : *from).place(), "to: this window ends when it begins",
                    "leave both from and to out for the whole day");
  }
  window.from = begins.value_or(window.from);
  window.to = ends.value_or(window.to);
  if (const auto zone = section->find("zone")) window.zone = read_zone(*zone, problems).value_or(window.zone);
  if (const auto longest = section->find("longest"))
    window.longest = read_duration(*longest, std::chrono::seconds(1), problems);
  return window;
}

}  // namespace

std::vector<calendar::Window> read_windows(const Field& field, const std::string& where, Problems& problems) {
  std::vector<calendar::Window> windows;
  std::vector<int> lines;  // of each
  const std::size_t count = field.value->items.size();
  if (count > most_windows) {
    problems.report(field.key_place, fmt::format("there are {} windows in {}", count, where),
                    fmt::format("{} is the most", most_windows));
    return windows;
  }
  // Whoever writes an empty list may mean "never" as well as "always".
  if (count == 0 && (field.value->kind == Node::Kind::list || field.value->kind == Node::Kind::nothing))
    problems.report(field.key_place, fmt::format("windows in {} is empty", where),
                    "remove it where any time is right; slipway freeze closes an environment");
  for (const Field& item : read_list(field, problems)) {
    const std::size_t wrong = problems.count();
    calendar::Window window = read_window(item, where, problems);
    if (problems.count() > wrong) continue;  // it isn't what was meant
    const auto same = std::ranges::find(windows, window);
    if (same != windows.end())
      problems.report(item.place(),
                      fmt::format("this is the window of line {} again",
                                  lines[static_cast<std::size_t>(same - windows.begin())]),
                      "remove one of them");
    windows.push_back(std::move(window));
    lines.push_back(item.value->place.line);
  }
  return windows;
}

}  // namespace slipway::config
