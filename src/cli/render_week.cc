#include "cli/render_week.h"

#include <algorithm>

#include "cli/table.h"

namespace slipway::cli {
namespace {

using std::chrono::year_month_day;

constexpr std::size_t indent = 2;
constexpr std::size_t widest_cell = 14, narrowest_cell = 10;  // with the blank that follows
constexpr std::size_t most_hour_lines = 5;                    // of hours in one day

bool is_today(const DrawnDay& day, Time now) {
  return day.from <= now && now < day.to;
}

// "14:00", and "24:00" at the end of the day.
std::string end_clock(const DrawnDay& day, const calendar::Zone& zone, Time time) {
  return time == day.to ? "24:00" : zone.clock(time);
}

// "14–16", "14:30–16:00".
std::string times(const DrawnDay& day, const calendar::Zone& zone, const Piece& piece) {
  std::string from = zone.clock(piece.from), to = end_clock(day, zone, piece.to);
  if (from.ends_with(":00") && to.ends_with(":00")) {
    from.resize(2);
    to.resize(2);
  }
  return from + "–" + to;
}

std::string whole_or_times(const DrawnDay& day, const calendar::Zone& zone, const Piece& piece) {
  const bool whole = piece.from == day.from && piece.to == day.to;
  switch (piece.kind) {
    case Piece::Kind::open:
      return whole ? "open" : times(day, zone, piece);
    case Piece::Kind::emergency:
      return whole ? "! open" : "! " + times(day, zone, piece);
    case Piece::Kind::closed:
      break;
  }
  return whole ? "▒▒▒▒" : "▒ " + times(day, zone, piece);
}

std::string painted(Piece::Kind kind, const std::string& text, const Paint& paint) {
  switch (kind) {
    case Piece::Kind::open:
      return paint.green(text);
    case Piece::Kind::emergency:
      return paint.yellow(text);
    case Piece::Kind::closed:
      break;
  }
  return paint.red(text);
}

// How much the clock is put forward or back that day.
std::string clock_change(const DrawnDay& day) {
  const Duration change = std::chrono::hours(24) - (day.to - day.from);
  if (change == Duration::zero()) return "";
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(change).count();
  const std::string_view sign = minutes > 0 ? "+" : "-";
  const auto size = std::abs(minutes);
  return size % 60 == 0 ? fmt::format("clock {}{}h", sign, size / 60)
                        : fmt::format("clock {}{}m", sign, size);
}

// Below the date: hours, what is closed, the classes of releases.
std::vector<std::string> what_is_there(const DrawnDay& day, const calendar::Zone& zone, Marks& marks,
                                       const Paint& paint, std::size_t room) {
  std::vector<std::string> lines;
  for (const Piece& piece : day.pieces) {
    std::string text = whole_or_times(day, zone, piece);
    if (!piece.why.empty()) text += " " + marks.of(piece.why);
    constexpr std::string_view dash = "–";
    const auto at = width(text) > room ? text.find(dash) : std::string::npos;
    if (at == std::string::npos) {
      lines.push_back(painted(piece.kind, text, paint));
    } else {
      lines.push_back(painted(piece.kind, text.substr(0, at + dash.size()), paint));
      lines.push_back(painted(piece.kind, text.substr(at + dash.size()), paint));
    }
  }
  if (lines.empty()) lines.emplace_back("·");
  if (lines.size() > most_hour_lines) {
    lines.resize(most_hour_lines - 1);
    lines.emplace_back("… more");
  }
  for (const calendar::ReleaseClass of : day.releases) lines.emplace_back(calendar::name(of));
  if (const std::string change = clock_change(day); !change.empty()) lines.push_back(change);
  return lines;
}

// "24"; the month at the beginning of a week and of a month, the year on New Year.
std::string date_text(const DrawnDay& day, Time now, const Paint& paint) {
  const year_month_day date(day.day);
  const auto number = static_cast<unsigned>(date.day());
  std::string text = std::to_string(number);
  if (number == 1 || calendar::monday_of(day.day) == day.day)
    text += fmt::format(" {}", calendar::month_name(day.day));
  if (number == 1 && date.month() == std::chrono::January) text += fmt::format(" {}", int(date.year()));
  return is_today(day, now) ? paint.bold(fmt::format("[{}]", text)) : text;
}

std::string row(const std::vector<std::string>& cells, std::size_t cell) {
  std::string line(indent, ' ');
  for (const std::string& text : cells) line += padded(text, cell);
  while (line.ends_with(' ')) line.pop_back();
  return line + "\n";
}

std::string one_week(std::span<const DrawnDay> days, const DrawnCalendar& calendar, Time now, Marks& marks,
                     const Paint& paint, std::size_t cell) {
  std::vector<std::string> dates;
  std::vector<std::vector<std::string>> below;
  std::size_t lines = 0;
  for (const DrawnDay& day : days) {
    dates.push_back(date_text(day, now, paint));
    below.push_back(what_is_there(day, calendar.hours.zone, marks, paint, cell - 1));
    lines = std::max(lines, below.back().size());
  }
  std::string text = row(dates, cell);
  for (std::size_t line = 0; line < lines; ++line) {
    std::vector<std::string> cells;
    for (const auto& day : below) cells.push_back(line < day.size() ? day[line] : "");
    text += row(cells, cell);
  }
  return text;
}

// A line for each day that has something to say.
std::string one_day(const DrawnDay& day, const DrawnCalendar& calendar, Time now, Marks& marks,
                    const Paint& paint, std::size_t columns) {
  std::vector<std::string> there =
      what_is_there(day, calendar.hours.zone, marks, paint, std::string::npos - 1);
  if (there.size() == 1 && there.front() == "·" && !is_today(day, now)) return "";
  const std::string date = calendar.hours.zone.date(day.from, now);
  const std::string left = is_today(day, now) ? paint.bold("[" + date + "]") : date;
  return wrapped(fmt::format("  {}  {}", padded(left, 16), fmt::join(there, ", ")), columns,
                 std::string(indent + 18, ' ')) +
         "\n";
}

bool has(const DrawnCalendar& calendar, Piece::Kind kind) {
  return std::ranges::any_of(calendar.days, [&](const DrawnDay& day) {
    return std::ranges::find(day.pieces, kind, &Piece::kind) != day.pieces.end();
  });
}

}  // namespace

std::string Marks::of(const std::string& why) {
  auto found = std::ranges::find(all_, why);
  if (found == all_.end()) found = all_.insert(found, why);
  return letter(static_cast<std::size_t>(found - all_.begin()));
}

std::string Marks::letter(std::size_t number) {
  constexpr std::size_t letters = 26;
  std::string text(1, static_cast<char>('A' + number % letters));
  return number < letters ? text : letter(number / letters - 1) + text;
}

std::string week_lines(const DrawnCalendar& calendar, Time now, Marks& marks, const Paint& paint,
                       std::size_t columns) {
  const std::size_t cell = std::min(widest_cell, columns > indent ? (columns - indent) / 7 : 0);
  std::string text;
  if (cell < narrowest_cell) {
    for (const DrawnDay& day : calendar.days) text += one_day(day, calendar, now, marks, paint, columns);
    return text;
  }
  text = row({"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, cell);
  auto year = year_month_day(calendar.hours.zone.day_of(now)).year();
  for (std::size_t first = 0; first + 7 <= calendar.days.size(); first += 7) {
    const auto begins = year_month_day(calendar.days[first].day).year();
    if (first > 0)
      text += "\n";
    else if (begins != year)
      text += fmt::format("  {}\n", int(begins));
    text += one_week(std::span(calendar.days).subspan(first, 7), calendar, now, marks, paint, cell);
  }
  return text;
}

std::string signs_line(const DrawnCalendar& calendar, Time now) {
  std::vector<std::string> signs;
  if (std::ranges::any_of(calendar.days, [&](const DrawnDay& day) { return is_today(day, now); }))
    signs.emplace_back("[ ] today");
  if (std::ranges::any_of(calendar.days, [](const DrawnDay& day) { return day.pieces.empty(); }))
    signs.emplace_back("· no window");
  if (has(calendar, Piece::Kind::closed)) signs.emplace_back("▒ closed");
  if (has(calendar, Piece::Kind::emergency)) signs.emplace_back("! emergency window");
  signs.push_back("times in " + calendar.hours.zone.name());
  return fmt::format("{}", fmt::join(signs, "   "));
}

}  // namespace slipway::cli
