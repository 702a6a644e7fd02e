#include "cli/hours.h"

#include <algorithm>

#include "base/text.h"
#include "calendar/resolve.h"

namespace slipway::cli {
namespace {

// A closure that is further away needn't be said yet.
constexpr Duration soon = std::chrono::days(90);

std::string zone_of(const calendar::Rules& rules) {
  if (!rules.windows.empty()) return rules.windows.front().zone;
  for (const calendar::Blackout& blackout : rules.blackouts) {
    if (const auto* yearly = std::get_if<calendar::YearlyBlackout>(&blackout)) return yearly->zone;
    if (const auto* dates = std::get_if<calendar::DatesBlackout>(&blackout)) return dates->zone;
  }
  return "UTC";
}

std::string because(View said) {
  const std::string reason = one_line(said["reason"].text());
  return reason.empty() ? "" : ": " + reason;
}

void add_what_people_said(Hours& hours, View target) {
  for (const Json& json : target["freezes"]) {
    const View freeze(json);
    const auto from = freeze["from"].time(), to = freeze["to"].time();
    if (from && to)
      hours.freezes.push_back(
          {*from, *to, fmt::format("frozen by {}{}", freeze["by"].text(), because(freeze))});
  }
  std::ranges::sort(hours.freezes, {}, &calendar::Closure::from);
  const View emergency = target["emergency"];
  const auto from = emergency["from"].time(), until = emergency["until"].time();
  if (!emergency["open"].yes() || !from || !until) return;
  std::vector<std::string> people;
  for (const Json& json : emergency["people"]) {
    const View person(json);
    people.push_back(person["by"].text() + because(person));
  }
  hours.emergencies.push_back({*from, *until, std::nullopt});
  hours.emergency = fmt::format("emergency window, opened by {}", listed(people));
}

bool overlap(Time from, Time to, Time other_from, Time other_to) {
  return from < other_to && other_from < to;
}

bool takes_something(const calendar::Closure& closure, const Hours& hours) {
  return !hours.slots.restricted || std::ranges::any_of(hours.slots.open, [&](const calendar::Slot& slot) {
    return overlap(slot.from, slot.to, closure.from, closure.to);
  });
}

const calendar::Closure* at(const std::vector<calendar::Closure>& closures, Time now) {
  const auto found = std::ranges::find_if(
      closures, [&](const calendar::Closure& closure) { return closure.from <= now && now < closure.to; });
  return found == closures.end() ? nullptr : &*found;
}

std::string why_closed(const Hours& hours, Time now) {
  for (const auto* closures : {&hours.freezes, &hours.slots.closed})
    if (const calendar::Closure* found = at(*closures, now))
      return fmt::format("{}, until {}", one_line(found->why), hours.zone.moment(found->to, now));
  return "it " + hours.slots.rule;
}

void look_for_closure(Opening& opening, const std::vector<calendar::Closure>& closures, std::string_view what,
                      const Hours& hours, Time now) {
  for (const calendar::Closure& closure : closures) {
    if (closure.from <= now || !takes_something(closure, hours)) continue;
    if (opening.closes && *opening.closes <= closure.from) return;
    opening.closes = closure.from;
    opening.what = what;
    return;
  }
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : printable(text)) {
    const bool blank = c == '\n' || c == '\t' || c == ' ';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

Result<Hours> hours_of(const core::Gates& gates, View target, Time from, Time until) {
  TRY(calendar::Zone zone, calendar::Zone::named(zone_of(gates.calendar)));
  TRY(calendar::Slots slots, calendar::resolve(gates.calendar, std::nullopt, from, until));
  Hours hours{std::move(zone), std::move(slots), {}, {}, {}};
  add_what_people_said(hours, target);
  return hours;
}

Result<Hours> hours_of(const core::Gates& gates, const calendar::Turn& turn, const Hours& all) {
  Hours hours = all;
  hours.emergencies.clear();
  TRY(hours.slots, calendar::resolve(gates.calendar, turn, all.slots.from, all.slots.until));
  return hours;
}

Opening opening_of(const Hours& hours, Time now) {
  const calendar::Openness seen =
      calendar::look(hours.slots, hours.freezes, hours.emergencies, now, Duration::zero());
  Opening opening{.open = seen.open, .until = seen.until, .next = seen.next};
  opening.always = seen.open && (!seen.until || *seen.until >= hours.slots.until);
  if (!seen.open) opening.why = why_closed(hours, now);
  look_for_closure(opening, hours.freezes, "frozen", hours, now);
  look_for_closure(opening, hours.slots.closed, "blacked out", hours, now);
  if (opening.closes && *opening.closes > now + soon) opening.closes.reset();
  return opening;
}

std::string opening_sentence(const Opening& opening, const Hours& hours, Time now) {
  const calendar::Zone& zone = hours.zone;
  std::string text;
  if (opening.always)
    text = "open now, and at any time";
  else if (opening.open)
    text = fmt::format("open now until {} (for another {})", zone.moment(*opening.until, now),
                       format_duration(*opening.until - now));
  else if (opening.next)
    text = fmt::format("closed: {}; next slot {} (in {})", opening.why, zone.moment(*opening.next, now),
                       format_duration(*opening.next - now));
  else
    text = fmt::format("closed: {}; no slot is known within {}", opening.why, format_duration(known_ahead));
  if (!opening.closes) return text;
  const Time from = *opening.closes;
  if (opening.open && opening.until == from) return fmt::format("{}; then it is {}", text, opening.what);
  const bool midnight = zone.begin(zone.day_of(from)) == from;
  return fmt::format("{}; from {} it is {}", text, midnight ? zone.date(from, now) : zone.moment(from, now),
                     opening.what);
}

std::string opening_in_short(const Opening& opening, const Hours& hours, Time now) {
  if (opening.always) return "any time";
  if (opening.open)
    return fmt::format("until {} {}", hours.zone.moment(*opening.until, now), hours.zone.name());
  if (!opening.next) return "closed, no slot is known";
  return fmt::format("next {} {} (in {})", hours.zone.moment(*opening.next, now), hours.zone.name(),
                     format_duration(*opening.next - now));
}

}  // namespace slipway::cli
