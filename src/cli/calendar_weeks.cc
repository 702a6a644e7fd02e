#include "cli/calendar_weeks.h"

#include <algorithm>
#include <set>

namespace slipway::cli {
namespace {

using calendar::Closure;
using calendar::ReleaseClass;
using calendar::Slot;
using calendar::Turn;

template <class Span>
std::vector<Span> within(const std::vector<Span>& spans, Time from, Time to) {
  std::vector<Span> found;
  for (const Span& span : spans)
    if (span.from < to && span.to > from) found.push_back(span);
  return found;
}

template <class Span>
const Span* covering(const std::vector<Span>& spans, Time from, Time to) {
  const auto found =
      std::ranges::find_if(spans, [&](const Span& span) { return span.from <= from && to <= span.to; });
  return found == spans.end() ? nullptr : &*found;
}

// What touches one day.
class DayPieces {
 public:
  DayPieces(const Hours& hours, Time from, Time to)
      : hours_(hours),
        from_(from),
        to_(to),
        open_(within(hours.slots.open, from, to)),
        emergencies_(within(hours.emergencies, from, to)),
        closed_(within(hours.slots.closed, from, to)),
        freezes_(within(hours.freezes, from, to)) {}

  std::vector<Piece> all() const {
    std::vector<Piece> pieces;
    const std::vector<Time> edges = this->edges();
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
      std::optional<Piece> piece = between(edges[i], edges[i + 1]);
      if (!piece) continue;
      if (!pieces.empty() && pieces.back().to == piece->from && pieces.back().kind == piece->kind &&
          pieces.back().why == piece->why)
        pieces.back().to = piece->to;
      else
        pieces.push_back(*std::move(piece));
    }
    return pieces;
  }

 private:
  std::vector<Time> edges() const {
    std::set<Time> times{from_, to_};
    const auto add = [&](const auto& spans) {
      for (const auto& span : spans) {
        if (span.from > from_) times.insert(span.from);
        if (span.to < to_) times.insert(span.to);
      }
    };
    add(open_);
    add(emergencies_);
    add(closed_);
    add(freezes_);
    return {times.begin(), times.end()};
  }

  // Deny beats allow, as calendar::look has it. What is closed is worth a word where it would be open
  // otherwise, or where it is so for the whole day.
  std::optional<Piece> between(Time from, Time to) const {
    const bool open = !hours_.slots.restricted || covering(open_, from, to) != nullptr;
    const bool emergency = covering(emergencies_, from, to) != nullptr;
    const auto closes = [&](const Closure* closure, bool otherwise) {
      return closure != nullptr && (otherwise || (closure->from <= from_ && to_ <= closure->to));
    };
    const Closure* freeze = covering(freezes_, from, to);
    if (closes(freeze, open || emergency)) return Piece{Piece::Kind::closed, from, to, one_line(freeze->why)};
    if (freeze != nullptr) return std::nullopt;
    if (emergency) return Piece{Piece::Kind::emergency, from, to, hours_.emergency};
    const Closure* closure = covering(closed_, from, to);
    if (closes(closure, open)) return Piece{Piece::Kind::closed, from, to, one_line(closure->why)};
    if (closure != nullptr || !open) return std::nullopt;
    return Piece{Piece::Kind::open, from, to, ""};
  }

  const Hours& hours_;
  Time from_, to_;
  std::vector<Slot> open_, emergencies_;
  std::vector<Closure> closed_, freezes_;
};

bool has_days(const std::optional<Turn>& turn) {
  return turn && (turn->kind == Turn::Kind::monthly || turn->kind == Turn::Kind::quarterly);
}

// Marks the days of the class, and says when they are.
Result<DrawnClass> draw_class(ReleaseClass of, const std::optional<Turn>& turn, const core::Gates& gates,
                              const Hours& drawn, const Hours& ahead, std::vector<DrawnDay>& days, Time now) {
  DrawnClass found{of, turn, {}, std::nullopt};
  if (!has_days(turn)) return found;
  TRY(const Hours hours, hours_of(gates, *turn, drawn));
  for (DrawnDay& day : days) {
    const std::vector<Piece> pieces = DayPieces(hours, day.from, day.to).all();
    const auto open = std::ranges::find(pieces, Piece::Kind::open, &Piece::kind);
    if (open == pieces.end()) continue;
    day.releases.push_back(of);
    // One that went on over midnight began the day before.
    const bool goes_on = open->from == day.from && opening_of(hours, day.from - Duration(1)).open;
    if (!goes_on) found.days.push_back(open->from);
  }
  TRY(const Hours later, hours_of(gates, *turn, ahead));
  found.next = opening_of(later, now).open ? std::optional(now) : opening_of(later, now).next;
  return found;
}

}  // namespace

Result<DrawnCalendar> draw(const std::string& environment, const core::Gates& gates, View target, Time now,
                           const Weeks& weeks) {
  TRY(Hours ahead, hours_of(gates, target, now, now + known_ahead));
  const calendar::Zone zone = ahead.zone;
  const calendar::Day monday = calendar::monday_of(weeks.from.value_or(zone.day_of(now)));
  const calendar::Day end = monday + std::chrono::weeks(weeks.count);
  TRY(const Hours drawn, hours_of(gates, target, zone.begin(monday), zone.begin(end)));
  Opening opening = opening_of(ahead, now);
  DrawnCalendar calendar{environment, std::move(ahead), std::move(opening), {}, {}};
  for (calendar::Day day = monday; day < end; day += std::chrono::days(1)) {
    const Time from = zone.begin(day), to = zone.begin(day + std::chrono::days(1));
    calendar.days.push_back({day, from, to, DayPieces(drawn, from, to).all(), {}});
  }
  if (gates.schedule.empty()) return calendar;
  for (const ReleaseClass of :
       {ReleaseClass::major, ReleaseClass::minor, ReleaseClass::patch, ReleaseClass::hotfix}) {
    TRY(DrawnClass found,
        draw_class(of, gates.schedule.of(of), gates, drawn, calendar.hours, calendar.days, now));
    calendar.classes.push_back(std::move(found));
  }
  return calendar;
}

}  // namespace slipway::cli
