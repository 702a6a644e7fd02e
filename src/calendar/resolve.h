#pragma once

#include "base/result.h"
#include "calendar/schedule.h"
#include "calendar/slots.h"

// Rules to instants, by the zone data of this machine.
namespace slipway::calendar {

// invalid_input, naming the nearest that there is, when no such zone is known.
Status check_zone(std::string_view zone);

// What is open and closed from `from` to `until`, of the releases that `turn` is about; nothing: of all. Days
// of a schedule are those of the windows' zones, else UTC. invalid_input: an unknown zone, a date that
// doesn't exist, an iCalendar text that can't be read.
Result<Slots> resolve(const Rules& rules, const std::optional<Turn>& turn, Time from, Time until);

// "deploys Tue and Thu 14:00–16:00 UTC"; "deploys at any time".
std::string describe(const Rules& rules);
std::string describe(const Blackout& blackout);  // "blacked out from 15 Dec to 5 Jan"
std::string describe(const Turn& turn);          // "the first Tuesday of each month"

}  // namespace slipway::calendar
