#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace slipway::calendar {

struct Busy {
  Time from{};
  Time to{};
  std::string what;  // the event's summary
  bool operator==(const Busy&) const = default;
};

// The busy times of an iCalendar text (RFC 5545) that touch [from, until), recurring ones as often as they
// recur. Floating times and whole days are UTC. invalid_input: it can't be read, is longer than 1 MiB, has
// more than 10'000 events or comes to more than 100'000 times, or an event recurs more often than hourly, by
// EXRULE, or so often in all that it would take longer than some seconds to follow.
Result<std::vector<Busy>> busy_times(std::string_view text, Time from, Time until);

}  // namespace slipway::calendar
