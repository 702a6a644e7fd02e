#include <algorithm>
#include <array>

#include "base/text.h"
#include "calendar/resolve.h"

namespace slipway::calendar {
namespace {

constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array long_days{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// "Mon–Fri", "Tue and Thu"; runs of three and more are one word, from Monday on.
std::string days_of(const Window& window) {
  if (std::ranges::all_of(window.days, [](bool day) { return day; })) return "every day";
  std::vector<std::string> words;
  for (std::size_t i = 1; i <= days.size();) {
    if (!window.days[i % 7]) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < days.size() && window.days[(end + 1) % 7]) ++end;
    if (end - i >= 2)
      words.push_back(fmt::format("{}–{}", days[i % 7], days[end % 7]));
    else
      for (std::size_t day = i; day <= end; ++day) words.emplace_back(days[day % 7]);
    i = end + 1;
  }
  return listed(words);
}

std::string clock(Minutes time) {
  return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60);
}

std::string describe(const Window& window) {
  const bool whole = window.from.count() == 0 && window.to.count() == 24 * 60;
  return fmt::format("{}{}{}", days_of(window),
                     whole ? "" : fmt::format(" {}–{}", clock(window.from), clock(window.to)),
                     whole && window.zone == "UTC" ? "" : " " + window.zone);
}

std::string describe(const DayOfYear& day) {
  return fmt::format("{} {}", day.day, months[static_cast<std::size_t>(std::clamp(day.month, 1, 12)) - 1]);
}

std::string which(const Turn& turn) {
  constexpr std::array ordinals{"first", "second", "third", "fourth"};
  const std::string_view nth =
      turn.nth < 0 ? "last" : ordinals[static_cast<std::size_t>(std::clamp(turn.nth, 1, 4)) - 1];
  return fmt::format("{} {}", nth, long_days[static_cast<std::size_t>(turn.weekday.value_or(0) % 7)]);
}

}  // namespace

std::string describe(const Rules& rules) {
  if (rules.windows.empty()) return "deploys at any time";
  std::vector<std::string> words;
  for (const Window& window : rules.windows) words.push_back(describe(window));
  return fmt::format("deploys {}", fmt::join(words, ", or "));
}

std::string describe(const Blackout& blackout) {
  const auto because = [](const std::string& reason) {
    return reason.empty() ? std::string() : ": " + reason;
  };
  if (const auto* yearly = std::get_if<YearlyBlackout>(&blackout))
    return fmt::format("blacked out from {} to {}{}", describe(yearly->from), describe(yearly->to),
                       because(yearly->reason));
  if (const auto* dates = std::get_if<DatesBlackout>(&blackout))
    return fmt::format("blacked out on {}{}", listed(dates->dates), because(dates->reason));
  return fmt::format("blacked out by {}", std::get<CalendarBlackout>(blackout).file);
}

std::string describe(const Turn& turn) {
  switch (turn.kind) {
    case Turn::Kind::any:
      return "whenever a window is open";
    case Turn::Kind::monthly:
      return fmt::format("the {} of each month", which(turn));
    case Turn::Kind::quarterly:
      return turn.weekday ? fmt::format("the {} of January, April, July and October", which(turn))
                          : "the first open day of each quarter";
    case Turn::Kind::emergency:
      return "whenever a window or an emergency window is open";
    case Turn::Kind::anytime:
      break;
  }
  return "any time";
}

}  // namespace slipway::calendar
