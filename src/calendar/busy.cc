#include "calendar/busy.h"

#include <libical/ical.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace slipway::calendar {
namespace {

constexpr std::size_t longest_text = 1 << 20;
constexpr int most_events = 10'000;
constexpr std::size_t most_times = 100'000;
constexpr std::int64_t most_effort = 2'000'000;  // some seconds

using Component = std::unique_ptr<icalcomponent, decltype(&icalcomponent_free)>;
using Recurrences = std::unique_ptr<icalrecur_iterator, decltype(&icalrecur_iterator_free)>;

struct Found {
  std::vector<Busy> busy;
  Time from, until;
  std::string what;
};

void take(icalcomponent* event, icaltime_span* span, void* data) {
  Found& found = *static_cast<Found*>(data);
  const Time from{std::chrono::seconds(span->start)};
  Time to{std::chrono::seconds(span->end)};
  // Of whole days libical adds the last one, though DTEND is the day after it.
  if (icalcomponent_get_dtstart(event).is_date != 0)
    to = from + std::max(std::chrono::days(1), std::chrono::floor<std::chrono::days>(to - from));
  if (span->is_busy == 0 || to <= found.from || from >= found.until || to <= from) return;
  if (found.busy.size() <= most_times) found.busy.push_back({from, to, found.what});
}

bool recurs_too_often(icalcomponent* event) {
  for (icalproperty* rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY); rule != nullptr;
       rule = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY)) {
    const icalrecurrencetype_frequency frequency = icalproperty_get_rrule(rule).freq;
    if (frequency == ICAL_SECONDLY_RECURRENCE || frequency == ICAL_MINUTELY_RECURRENCE) return true;
  }
  return false;
}

std::chrono::seconds step_of(const icalrecurrencetype& rule) {
  const int times = std::max<int>(rule.interval, 1);
  switch (rule.freq) {
    case ICAL_DAILY_RECURRENCE:
      return std::chrono::days(times);
    case ICAL_WEEKLY_RECURRENCE:
      return std::chrono::weeks(times);
    case ICAL_MONTHLY_RECURRENCE:
      return std::chrono::months(times);
    case ICAL_YEARLY_RECURRENCE:
      return std::chrono::years(times);
    default:
      return std::chrono::hours(times);
  }
}

// Ends an event's rules at `until`, and says what it takes libical to find the recurrences: at each it looks
// through all of the event's properties, and it tries each hour, day, … that a rule leaves out; without an
// end, for centuries. Not followed much further than `most`.
std::int64_t end_rules(icalcomponent* event, icaltimetype from, icaltimetype until, std::int64_t most) {
  const std::int64_t properties = icalcomponent_count_properties(event, ICAL_ANY_PROPERTY);
  const icaltimetype start = icalcomponent_get_dtstart(event);
  std::int64_t effort = properties * (1 + icalcomponent_count_properties(event, ICAL_RDATE_PROPERTY));
  for (icalproperty* each = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
       each != nullptr && effort <= most;
       each = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY)) {
    icalrecurrencetype rule = icalproperty_get_rrule(each);
    // What is counted is followed from its beginning, and has either a count or an end.
    const int count = std::exchange(rule.count, 0);
    const bool skips = count == 0 && icaltime_compare(start, from) < 0;
    if (icaltime_is_null_time(rule.until) != 0 || icaltime_compare(until, rule.until) < 0) rule.until = until;
    const auto steps =
        std::chrono::seconds(icaltime_as_timet(rule.until) - icaltime_as_timet(skips ? from : start)) /
        step_of(rule);
    if (steps > most) return steps;
    effort += std::max<std::int64_t>(steps, 0);
    const Recurrences times(icalrecur_iterator_new(rule, start), &icalrecur_iterator_free);
    if (times && skips) icalrecur_iterator_set_start(times.get(), from);
    int found = 0;
    while (times && effort <= most && (count == 0 || found < count) &&
           icaltime_is_null_time(icalrecur_iterator_next(times.get())) == 0) {
      effort += properties;
      ++found;
    }
    if (count == 0 || found < count) icalproperty_set_rrule(each, rule);
  }
  return effort;
}

}  // namespace

Result<std::vector<Busy>> busy_times(std::string_view text, Time from, Time until) {
  if (text.size() > longest_text)
    return fail(ErrorKind::invalid_input, "the calendar is longer than {} bytes", longest_text);
  icalerror_set_errors_are_fatal(0);
  const std::string copy(text);
  const Component root(icalparser_parse_string(copy.c_str()), &icalcomponent_free);
  if (!root || icalcomponent_isa(root.get()) == ICAL_NO_COMPONENT)
    return fail(ErrorKind::invalid_input, "this is no iCalendar text: it begins with BEGIN:VCALENDAR");
  icalcomponent* calendar = root.get();
  if (icalcomponent_isa(calendar) != ICAL_VCALENDAR_COMPONENT)
    return fail(ErrorKind::invalid_input, "this is no iCalendar text: it begins with BEGIN:VCALENDAR");
  Found found{.from = from, .until = until};
  const auto time_of = [](Time time) {
    return icaltime_from_timet_with_zone(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(), 0,
        icaltimezone_get_utc_timezone());
  };
  // What lasts over `from` began before it.
  const icaltimetype first = time_of(from - std::chrono::days(366)), last = time_of(until);
  int events = 0;
  std::int64_t spent = 0;
  for (icalcomponent* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
       event != nullptr; event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
    if (++events > most_events)
      return fail(ErrorKind::invalid_input, "the calendar has more than {} events", most_events);
    const char* summary = icalcomponent_get_summary(event);
    found.what = summary != nullptr ? std::string(summary).substr(0, 200) : std::string();
    if (icaltime_is_null_time(icalcomponent_get_dtstart(event)))
      return fail(ErrorKind::invalid_input, "the event \"{}\" has no DTSTART that can be read", found.what);
    if (recurs_too_often(event))
      return fail(ErrorKind::invalid_input, "the event \"{}\" recurs more often than hourly", found.what);
    if (icalcomponent_count_properties(event, ICAL_EXRULE_PROPERTY) > 0)
      return fail(ErrorKind::invalid_input, "the event \"{}\" has an EXRULE; write its dates as EXDATE",
                  found.what);
    spent += end_rules(event, first, last, most_effort - spent);
    if (spent > most_effort)
      return fail(ErrorKind::invalid_input,
                  "the events recur too often to be followed, up to \"{}\"; leave out what is long past",
                  found.what);
    icalcomponent_foreach_recurrence(event, first, last, &take, &found);
    if (found.busy.size() > most_times)
      return fail(ErrorKind::invalid_input, "the events come to more than {} busy times in {} days",
                  most_times, std::chrono::floor<std::chrono::days>(until - from).count());
  }
  std::ranges::sort(found.busy, {}, &Busy::from);
  return std::move(found.busy);
}

}  // namespace slipway::calendar
