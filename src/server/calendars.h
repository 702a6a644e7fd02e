#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/state.h"

namespace slipway::server {

// A calendar's rules to instants, by the zone data of now.
using ResolveCalendar = std::function<Result<calendar::Slots>(
    const core::Gates&, const std::optional<calendar::ReleaseClass>&, Time from, Time until)>;

enum class Anew { all, what_runs_out };

// For each deployment that is under way or waits at a gate, and whose calendar comes to something else by
// now: what it comes to. Over the same time as before; one that waits and comes within 100 days of the end of
// what is known runs out, and is told of 400 days more. What can't be resolved any more stays as it is, and
// is logged.
std::vector<std::pair<core::Target, core::CalendarResolved>> resolved_anew(
    const std::map<core::Target, core::TargetState>& targets, Anew which, Time now,
    const ResolveCalendar& resolve);

}  // namespace slipway::server
