#include "calendar/busy.h"

#include <libical/ical.h>

#include <algorithm>
#include <memory>

namespace slipway::calendar {
namespace {

constexpr std::size_t longest_text = 1 << 20;
constexpr int most_events = 10'000;
constexpr std::size_t most_times = 100'000;

using Component = std::unique_ptr<icalcomponent, decltype(&icalcomponent_free)>;

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
  if (found.busy.size() < most_times) found.busy.push_back({from, to, found.what});
}

bool recurs_too_often(icalcomponent* event) {
  for (icalproperty* rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY); rule != nullptr;
       rule = icalcomponent_get_next_property(event, ICAL_RRULE_PROPERTY)) {
    const icalrecurrencetype_frequency frequency = icalproperty_get_rrule(rule).freq;
    if (frequency == ICAL_SECONDLY_RECURRENCE || frequency == ICAL_MINUTELY_RECURRENCE) return true;
  }
  return false;
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
  int events = 0;
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
    // What lasts over `from` began before it.
    icalcomponent_foreach_recurrence(event, time_of(from - std::chrono::days(366)), time_of(until), &take,
                                     &found);
  }
  std::ranges::sort(found.busy, {}, &Busy::from);
  return std::move(found.busy);
}

}  // namespace slipway::calendar
