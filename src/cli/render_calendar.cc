#include "cli/render_calendar.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "calendar/resolve.h"
#include "cli/render_parts.h"
#include "cli/render_week.h"

namespace slipway::cli {
namespace {

using calendar::Turn;

std::string header(const std::string& service, const DrawnCalendar& calendar, Time now, const Paint& paint,
                   const Page& page) {
  const calendar::Zone& zone = calendar.hours.zone;
  const std::string left = paint.bold(service + " › " + calendar.environment) + "   " +
                           (calendar.opening.open ? paint.green("OPEN") : paint.yellow("CLOSED"));
  const std::string at = fmt::format("{} {}", zone.moment(now, now), zone.name());
  const std::size_t taken = width(left) + width(at);
  if (page.long_lines == LongLines::folded && taken + 3 > page.columns)
    return left + "\n" + paint.dim(right(at, page.columns)) + "\n";
  return left + std::string(taken + 3 < page.columns ? page.columns - taken : 3, ' ') + paint.dim(at) + "\n";
}

std::string approvals(const std::optional<Turn>& turn) {
  if (!turn || turn->approvals == 0) return "";
  return turn->approvals == 1 ? ", with an approval" : fmt::format(", with {} approvals", turn->approvals);
}

// "minor  the first Tuesday of each month: Tue 1 Dec 14:00, Tue 5 Jan 2027 14:00"
std::string schedule_lines(const DrawnCalendar& calendar, Time now) {
  std::string text;
  for (const DrawnClass& each : calendar.classes) {
    std::string line = each.turn ? calendar::describe(*each.turn) : "whenever a window is open";
    line += approvals(each.turn);
    std::vector<std::string> days;
    for (const Time time : each.days)
      if (time >= calendar.hours.zone.begin(calendar.hours.zone.day_of(now)))
        days.push_back(calendar.hours.zone.moment(time, now));
    if (!days.empty()) {
      line += fmt::format(": {}", fmt::join(days, ", "));
    } else if (each.next) {
      line += fmt::format(": next {}", calendar.hours.zone.moment(*each.next, now));
    } else if (each.turn &&
               (each.turn->kind == Turn::Kind::monthly || each.turn->kind == Turn::Kind::quarterly)) {
      line += fmt::format(": no day is known within {}", format_duration(known_ahead));
    }
    text += "  " + padded(std::string(calendar::name(each.of)), 8) + line + "\n";
  }
  return text;
}

std::string_view kind_name(Piece::Kind kind) {
  switch (kind) {
    case Piece::Kind::open:
      return "open";
    case Piece::Kind::emergency:
      return "emergency";
    case Piece::Kind::closed:
      break;
  }
  return "closed";
}

Json day_json(const DrawnDay& day) {
  Json json{{"date", calendar::format_day(day.day)},
            {"from", day.from},
            {"to", day.to},
            {"spans", Json::array()},
            {"releases", day.releases}};
  for (const Piece& piece : day.pieces)
    json["spans"].push_back(
        {{"kind", kind_name(piece.kind)}, {"from", piece.from}, {"to", piece.to}, {"why", piece.why}});
  return json;
}

}  // namespace

std::string render_calendar(const std::string& service, const DrawnCalendar& calendar, Time now,
                            const Paint& paint, const Page& page) {
  const bool folds = page.long_lines == LongLines::folded;
  const auto fit = [&](const std::string& line, std::size_t indent) {
    return (folds ? wrapped(line, page.columns, std::string(indent, ' ')) : line) + "\n";
  };
  std::string text = header(service, calendar, now, paint, page) + "\n";
  text += fit("  " + opening_sentence(calendar.opening, calendar.hours, now), 2) + "\n";
  Marks marks;
  text += week_lines(calendar, now, marks, paint, page.columns) + "\n";
  text += fit("  " + signs_line(calendar, now), 2);
  for (std::size_t i = 0; i < marks.all().size(); ++i)
    text += fit(fmt::format("  {}  {}", padded(Marks::letter(i), 2), marks.all()[i]), 6);
  const std::string schedule = schedule_lines(calendar, now);
  if (!schedule.empty()) text += "\n";
  for (const std::string& line : lines_of(schedule)) text += fit(line, 10);
  return text;
}

Json calendar_json(const DrawnCalendar& calendar, Time now) {
  const Opening& opening = calendar.opening;
  Json json{{"environment", calendar.environment},
            {"zone", calendar.hours.zone.name()},
            {"rule", calendar.hours.slots.rule},
            {"open", opening.open},
            {"until", opening.always ? std::nullopt : opening.until},
            {"next", opening.open ? std::nullopt : opening.next},
            {"why", opening.why},
            {"sentence", opening_sentence(opening, calendar.hours, now)},
            {"days", Json::array()},
            {"schedule", Json::array()}};
  for (const DrawnDay& day : calendar.days) json["days"].push_back(day_json(day));
  for (const DrawnClass& each : calendar.classes)
    json["schedule"].push_back(
        {{"class", each.of},
         {"when", each.turn ? calendar::describe(*each.turn) : "whenever a window is open"},
         {"approvals", each.turn ? each.turn->approvals : 0},
         {"slots", each.days},
         {"next", each.next}});
  return json;
}

}  // namespace slipway::cli
