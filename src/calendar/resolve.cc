#include "calendar/resolve.h"

#include <date/tz.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "calendar/busy.h"

namespace slipway::calendar {
namespace {

using LocalDay = date::local_days;

Result<const date::time_zone*> zone_of(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    std::vector<std::string> names;
    try {
      for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
    } catch (const std::exception& e) {
      return fail(ErrorKind::unavailable, "the zone data of this machine can't be read: {}", e.what());
    }
    const auto meant = nearest(name, names);
    return fail(ErrorKind::invalid_input, "\"{}\" is no time zone{}; write it as Europe/Berlin or UTC", name,
                meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string());
  }
}

// A local time that a change of the clock skips is the change; one that comes twice is the first as a
// beginning. An end is just after the last moment before it, which is the second where that comes twice: what
// ends as the hour that is repeated begins has ended when it comes first.
enum class Edge { begins, ends };
Time instant(const date::time_zone& zone, date::local_time<Minutes> local, Edge edge) {
  const auto just = std::chrono::seconds(edge == Edge::ends ? 1 : 0);
  const date::local_info info = zone.get_info(local - just);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  const bool second = info.result == date::local_info::ambiguous && edge == Edge::ends;
  const std::chrono::seconds offset = second ? info.second.offset : info.first.offset;
  return Time(Duration(local.time_since_epoch()) - offset);
}

LocalDay local_day(const date::time_zone& zone, Time time) {
  return date::floor<date::days>(zone.to_local(date::floor<std::chrono::seconds>(time)));
}

// 29 Feb of a year without one: never a shorter blackout.
Result<LocalDay> day_of(DayOfYear day, date::year year, Edge edge) {
  const date::month_day written(date::month(static_cast<unsigned>(day.month)),
                                date::day(static_cast<unsigned>(day.day)));
  if (!written.ok()) return fail(ErrorKind::invalid_input, "there is no day {:02}-{:02}", day.month, day.day);
  const date::year_month_day exact = year / written;
  if (exact.ok()) return LocalDay(exact);
  return LocalDay(edge == Edge::begins ? year / date::February / 28 : year / date::March / 1);
}

Result<LocalDay> parse_date(const std::string& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  int read = 0;
  const bool parsed = text.size() == 10 &&
                      std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &read) == 3 &&
                      read == 10;
  const date::year_month_day date{date::year(year), date::month(month), date::day(day)};
  if (!parsed || !date.ok())
    return fail(ErrorKind::invalid_input, "\"{}\" is no date: write it as 2026-12-25", text);
  return LocalDay(date);
}

class Resolving {
 public:
  Resolving(const Rules& rules, Time from, Time until) : rules_(rules), from_(from), until_(until) {}

  Result<std::vector<Closure>> closures() {
    for (const Blackout& blackout : rules_.blackouts)
      TRY_VOID(std::visit([&](const auto& kind) { return add(kind, describe(blackout)); }, blackout));
    std::ranges::sort(closed_, {}, &Closure::from);
    return std::move(closed_);
  }

  // By local day, so that a schedule can choose days.
  struct Opening {
    LocalDay day;
    Slot slot;
  };
  Result<std::vector<Opening>> openings() {
    std::vector<Window> windows = rules_.windows;
    if (windows.empty()) windows.emplace_back();
    std::vector<Opening> found;
    for (const Window& window : windows) {
      TRY(const date::time_zone* zone, zone_of(window.zone));
      const Minutes length =
          window.to > window.from ? window.to - window.from : window.to - window.from + Minutes(24 * 60);
      const LocalDay last = local_day(*zone, until_) + date::days(1);
      for (LocalDay day = local_day(*zone, from_) - date::days(2); day <= last; day += date::days(1)) {
        if (!window.days[date::weekday(day).c_encoding()]) continue;
        const date::local_time<Minutes> begin = day + window.from;
        const Slot slot{instant(*zone, begin, Edge::begins), instant(*zone, begin + length, Edge::ends),
                        window.longest};
        if (slot.from < slot.to) found.push_back({day, slot});
      }
    }
    return found;
  }

 private:
  Status add(const YearlyBlackout& blackout, const std::string& why) {
    TRY(const date::time_zone* zone, zone_of(blackout.zone));
    const auto year_of = [&](Time time) { return date::year_month_day(local_day(*zone, time)).year(); };
    // As it is written: from 29 Feb to 28 Feb is nearly a year, also where both are the same day.
    const auto written = [](const DayOfYear& day) { return std::pair(day.month, day.day); };
    const date::years crosses(written(blackout.to) < written(blackout.from) ? 1 : 0);
    for (date::year year = year_of(from_) - date::years(1); year <= year_of(until_); ++year) {
      TRY(const LocalDay first, day_of(blackout.from, year, Edge::begins));
      TRY(const LocalDay last, day_of(blackout.to, year + crosses, Edge::ends));
      close(*zone, first, last, why);
    }
    return {};
  }
  Status add(const DatesBlackout& blackout, const std::string&) {
    TRY(const date::time_zone* zone, zone_of(blackout.zone));
    for (const std::string& text : blackout.dates) {
      TRY(const LocalDay day, parse_date(text));
      close(*zone, day, day,
            fmt::format("blacked out on {}{}", text, blackout.reason.empty() ? "" : ": " + blackout.reason));
    }
    return {};
  }
  Status add(const CalendarBlackout& blackout, const std::string&) {
    const auto busy = busy_times(blackout.text, from_, until_);
    if (!busy) return fail(busy.error().kind, "while reading {}: {}", blackout.file, busy.error().message);
    for (const Busy& each : *busy)
      closed_.push_back({each.from, each.to,
                         fmt::format("blacked out by {}{}", blackout.file,
                                     each.what.empty() ? std::string() : ": " + each.what)});
    return {};
  }
  void close(const date::time_zone& zone, LocalDay first, LocalDay last, const std::string& why) {
    const Closure closure{instant(zone, date::local_time<Minutes>(first), Edge::begins),
                          instant(zone, date::local_time<Minutes>(last + date::days(1)), Edge::ends), why};
    if (closure.to > from_ && closure.from < until_ && closure.from < closure.to) closed_.push_back(closure);
  }

  const Rules& rules_;
  Time from_, until_;
  std::vector<Closure> closed_;
};

using Opening = Resolving::Opening;

bool is_nth(const date::year_month_day& day, const Turn& turn) {
  const date::weekday weekday(static_cast<unsigned>(turn.weekday.value_or(0)));
  const auto month = day.year() / day.month();
  const date::local_days wanted = turn.nth < 0
                                      ? date::local_days(month / weekday[date::last])
                                      : date::local_days(month / weekday[static_cast<unsigned>(turn.nth)]);
  return date::local_days(day) == wanted;
}

bool open_at_all(const Slot& slot, const std::vector<Closure>& closed) {
  Time reached = slot.from;
  for (const Closure& closure : closed)
    if (closure.from <= reached && closure.to > reached) reached = closure.to;
  return reached < slot.to;
}

void keep_days_of(std::vector<Opening>& openings, const Turn& turn, const std::vector<Closure>& closed) {
  const auto month_of = [](const Opening& opening) {
    return static_cast<unsigned>(date::year_month_day(opening.day).month());
  };
  switch (turn.kind) {
    case Turn::Kind::any:
    case Turn::Kind::emergency:
    case Turn::Kind::anytime:
      return;
    case Turn::Kind::monthly:
      std::erase_if(openings,
                    [&](const Opening& opening) { return !is_nth(date::year_month_day(opening.day), turn); });
      return;
    case Turn::Kind::quarterly:
      break;
  }
  if (turn.weekday) {
    std::erase_if(openings, [&](const Opening& opening) {
      return month_of(opening) % 3 != 1 || !is_nth(date::year_month_day(opening.day), turn);
    });
    return;
  }
  std::map<std::pair<int, unsigned>, LocalDay> first;  // of each quarter
  const auto quarter = [&](const Opening& opening) {
    return std::pair(int(date::year_month_day(opening.day).year()), (month_of(opening) - 1) / 3);
  };
  for (const Opening& opening : openings) {
    if (!open_at_all(opening.slot, closed)) continue;
    const auto [place, fresh] = first.try_emplace(quarter(opening), opening.day);
    if (!fresh) place->second = std::min(place->second, opening.day);
  }
  std::erase_if(openings, [&](const Opening& opening) {
    const auto found = first.find(quarter(opening));
    return found == first.end() || found->second != opening.day;
  });
}

// One slot where two touch; the more generous of their limits holds.
std::vector<Slot> merged(std::vector<Opening> openings, Time from, Time until) {
  std::ranges::sort(openings, {}, [](const Opening& opening) { return opening.slot.from; });
  std::vector<Slot> slots;
  for (const Opening& opening : openings) {
    const Slot& slot = opening.slot;
    if (slot.to <= from || slot.from >= until) continue;
    if (slots.empty() || slot.from > slots.back().to) {
      slots.push_back(slot);
      continue;
    }
    Slot& last = slots.back();
    last.to = std::max(last.to, slot.to);
    last.longest =
        last.longest && slot.longest ? std::optional(std::max(*last.longest, *slot.longest)) : std::nullopt;
  }
  return slots;
}

}  // namespace

Status check_zone(std::string_view zone) {
  TRY([[maybe_unused]] const date::time_zone* found, zone_of(zone));
  return {};
}

Result<Slots> resolve(const Rules& rules, const std::optional<Turn>& turn, Time from, Time until) {
  // A quarter's first open day may be long past.
  constexpr Duration a_quarter = std::chrono::days(93);
  const bool scheduled = turn && (turn->kind == Turn::Kind::monthly || turn->kind == Turn::Kind::quarterly);
  if (turn && turn->kind == Turn::Kind::anytime) return Slots{.from = from, .until = until};
  Resolving resolving(rules, scheduled ? from - a_quarter : from, until);
  Slots slots{.restricted = scheduled || !rules.windows.empty(), .from = from, .until = until};
  TRY(slots.closed, resolving.closures());
  if (slots.restricted) {
    slots.rule = describe(rules);
    if (scheduled) slots.rule += fmt::format(", releases of this class on {}", describe(*turn));
    TRY(std::vector<Opening> openings, resolving.openings());
    if (turn) keep_days_of(openings, *turn, slots.closed);
    slots.open = merged(std::move(openings), from, until);
  }
  std::erase_if(slots.closed, [&](const Closure& closure) { return closure.to <= from; });
  return slots;
}

}  // namespace slipway::calendar
