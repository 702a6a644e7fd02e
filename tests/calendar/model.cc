#include "calendar/model.h"

#include <stdlib.h>
#include <time.h>

#include <algorithm>

namespace slipway::calendar {
namespace {

std::int64_t offset_at(std::int64_t time) {
  const time_t seconds = time;
  tm local{};
  ::localtime_r(&seconds, &local);
  return local.tm_gmtoff;
}

bool is_leap(std::int64_t year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int length(std::int64_t year, int month) {
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

struct Date {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
};

Date date_of(std::int64_t number) {
  Date date;
  for (; number >= (is_leap(date.year) ? 366 : 365); ++date.year) number -= is_leap(date.year) ? 366 : 365;
  for (; number >= length(date.year, date.month); ++date.month) number -= length(date.year, date.month);
  date.day = static_cast<int>(number) + 1;
  return date;
}

int weekday(std::int64_t number) {
  return static_cast<int>((number + 4) % 7);  // 1970-01-01 was a Thursday
}

// Whether it is the nth such day of its month.
bool is_nth(std::int64_t number, int nth, int wanted) {
  if (weekday(number) != wanted) return false;
  const Date date = date_of(number);
  return nth < 0 ? date.day + 7 > length(date.year, date.month) : (date.day - 1) / 7 + 1 == nth;
}

}  // namespace

std::int64_t day_number(std::int64_t year, int month, int number) {
  std::int64_t days = number - 1;
  for (int each = 1; each < month; ++each) days += length(year, each);
  for (std::int64_t each = 1970; each < year; ++each) days += is_leap(each) ? 366 : 365;
  return days;
}

Spans united(Spans spans) {
  std::ranges::sort(spans, {}, &Span::from);
  Spans result;
  for (const Span& span : spans) {
    if (span.from >= span.to) continue;
    if (!result.empty() && span.from <= result.back().to)
      result.back().to = std::max(result.back().to, span.to);
    else
      result.push_back(span);
  }
  return result;
}

Spans without(const Spans& spans, const Spans& others) {
  Spans result;
  auto other = others.begin();
  for (const Span& span : spans) {
    std::int64_t from = span.from;
    while (other != others.end() && other->to <= from) ++other;
    for (auto each = other; each != others.end() && each->from < span.to; ++each) {
      if (each->from > from) result.push_back({from, each->from});
      from = std::max(from, each->to);
    }
    if (from < span.to) result.push_back({from, span.to});
  }
  return result;
}

Wall::Wall(const std::string& zone, std::int64_t from, std::int64_t until) {
  ::setenv("TZ", (":" + zone).c_str(), 1);
  ::tzset();
  constexpr std::int64_t step = seconds_per_day / 2;
  Stretch stretch{{from, until}, offset_at(from)};
  for (std::int64_t time = from; time < until; time += step) {
    if (offset_at(time + step) == stretch.offset) continue;
    std::int64_t before = time, after = time + step;
    while (after - before > 1) {
      const std::int64_t middle = (before + after) / 2;
      (offset_at(middle) == stretch.offset ? before : after) = middle;
    }
    stretch.span.to = after;
    stretches_.push_back(stretch);
    stretch = {{after, until}, offset_at(after)};
  }
  stretches_.push_back(stretch);
}

std::int64_t Wall::begins(std::int64_t local) const {
  auto first = std::ranges::partition_point(
      stretches_, [&](const Stretch& stretch) { return stretch.span.to + stretch.offset <= local; });
  if (first == stretches_.end()) return local - stretches_.back().offset;
  return std::max(first->span.from, local - first->offset);
}

std::int64_t Wall::ends(std::int64_t local) const {
  const auto next = std::ranges::partition_point(
      stretches_, [&](const Stretch& stretch) { return stretch.span.from + stretch.offset < local; });
  if (next == stretches_.begin()) return local - next->offset;
  const Stretch& last = *std::prev(next);
  return std::min(last.span.to, local - last.offset);
}

Model::Model(const Rules& rules, const std::optional<Turn>& turn, Span span)
    : rules_(rules), turn_(turn), span_(span) {}

const Wall& Model::wall(const std::string& zone) const {
  const auto known = walls_.find(zone);
  if (known != walls_.end()) return known->second;
  return walls_
      .emplace(zone, Wall(zone, span_.from - 500 * seconds_per_day, span_.to + 500 * seconds_per_day))
      .first->second;
}

Spans Model::closed() const {
  Spans spans;
  const auto close = [&](const std::string& zone, std::int64_t first, std::int64_t last) {
    spans.push_back(
        {wall(zone).begins(first * seconds_per_day), wall(zone).ends((last + 1) * seconds_per_day)});
  };
  for (const Blackout& blackout : rules_.blackouts) {
    if (const auto* yearly = std::get_if<YearlyBlackout>(&blackout)) {
      const bool crosses =
          std::pair(yearly->to.month, yearly->to.day) < std::pair(yearly->from.month, yearly->from.day);
      for (std::int64_t year = date_of(span_.from / seconds_per_day).year - 2;
           year <= date_of(span_.to / seconds_per_day).year + 1; ++year) {
        const std::int64_t end = crosses ? year + 1 : year;
        // A day too many of February is the next one of March; as a beginning, it is the one before.
        const int begin = std::min(yearly->from.day, length(year, yearly->from.month));
        close(yearly->zone, day_number(year, yearly->from.month, begin),
              day_number(end, yearly->to.month, yearly->to.day));
      }
    } else if (const auto* dates = std::get_if<DatesBlackout>(&blackout)) {
      for (const std::string& text : dates->dates) {
        const std::int64_t number = day_number(std::stoi(text.substr(0, 4)), std::stoi(text.substr(5, 2)),
                                               std::stoi(text.substr(8, 2)));
        close(dates->zone, number, number);
      }
    }
  }
  return united(std::move(spans));
}

Spans Model::open() const {
  const bool scheduled =
      turn_ && (turn_->kind == Turn::Kind::monthly || turn_->kind == Turn::Kind::quarterly);
  const Spans whole{span_};
  if (turn_ && turn_->kind == Turn::Kind::anytime) return whole;
  const Spans closures = closed();
  if (rules_.windows.empty() && !scheduled) return without(whole, closures);
  std::vector<Window> windows = rules_.windows;
  if (windows.empty()) windows.emplace_back();
  Spans spans;
  std::int64_t quarter = -1;  // the one whose first open day is known
  for (std::int64_t number = span_.from / seconds_per_day - 100; number <= span_.to / seconds_per_day + 2;
       ++number) {
    Spans today;
    for (const Window& window : windows) {
      if (!window.days[static_cast<std::size_t>(weekday(number))]) continue;
      const std::int64_t from = window.from.count() * 60;
      const std::int64_t to = window.to.count() * 60 + (window.to <= window.from ? seconds_per_day : 0);
      const Wall& clock = wall(window.zone);
      today.push_back(
          {clock.begins(number * seconds_per_day + from), clock.ends(number * seconds_per_day + to)});
    }
    if (scheduled) {
      const Date date = date_of(number);
      if (turn_->kind == Turn::Kind::quarterly && !turn_->weekday) {
        const std::int64_t mine = date.year * 4 + (date.month - 1) / 3;
        if (mine == quarter || without(united(today), closures).empty()) continue;
        quarter = mine;
      } else if (!is_nth(number, turn_->nth, turn_->weekday.value_or(0)) ||
                 (turn_->kind == Turn::Kind::quarterly && date.month % 3 != 1)) {
        continue;
      }
    }
    spans.insert(spans.end(), today.begin(), today.end());
  }
  Spans outside{{span_.from - 500 * seconds_per_day, span_.from},
                {span_.to, span_.to + 500 * seconds_per_day}};
  return without(without(united(std::move(spans)), closures), outside);
}

}  // namespace slipway::calendar
