#pragma once

#include "core/event.h"
#include "core/state.h"
#include "journal/sqlite_journal.h"
#include "runner/runner.h"
#include "server/api/fields.h"

namespace slipway::server {

// What whoever asks wishes beside the release: when, which checks are set aside (for request.reason), and
// what the release was made from. invalid_input as Fields says.
Status read_wishes(const Fields& fields, core::Request& request);

// The configuration's text bound for one environment of the service that the target names.
Result<core::Bound> bind_text(const core::Target& target, const std::string& config);

// What the core is to know of a request that the daemon can find out: in which environments the artifact
// succeeded, which class of release it is, what the calendar comes to, and where the release was made from,
// if nobody said. invalid_input: the version is no semantic one where releases are scheduled, or the calendar
// can't be resolved.
Status find_out(const core::Target& target, const runner::Runner& runner, journal::SqliteJournal& journal,
                Time now, core::Request& request);

// From now on.
inline constexpr Duration known_ahead = std::chrono::days(400);

// The same calendar, as of now.
Result<calendar::Slots> resolve_calendar(const core::Gates& gates,
                                         const std::optional<calendar::ReleaseClass>& release_class,
                                         Time now);

// … and from `from` to `until`.
Result<calendar::Slots> resolve_calendar(const core::Gates& gates,
                                         const std::optional<calendar::ReleaseClass>& release_class,
                                         Time from, Time until);

}  // namespace slipway::server
