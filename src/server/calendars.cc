#include "server/calendars.h"

#include "base/log.h"
#include "server/api/asking.h"

namespace slipway::server {
namespace {

constexpr Duration near_the_end = std::chrono::days(100);

// As it was configured for the deployment under way; null where nothing is.
const core::Gates* gates_of(const core::TargetState& state) {
  const core::Deployment& deployment = *state.deployment;
  if (deployment.gating.request) return &deployment.gating.request->bound.gates;
  for (const auto* fleet : {&state.canary, &state.stable})
    if (*fleet && (*fleet)->deployment == deployment.record.number) return &(*fleet)->bound.gates;
  return nullptr;
}

}  // namespace

std::vector<std::pair<core::Target, core::CalendarResolved>> resolved_anew(
    const std::map<core::Target, core::TargetState>& targets, Anew which, Time now,
    const ResolveCalendar& resolve) {
  std::vector<std::pair<core::Target, core::CalendarResolved>> news;
  for (const auto& [target, state] : targets) {
    const auto& deployment = state.deployment;
    if (!deployment || deployment->undoing || deployment->record.kind == core::Request::Kind::rollback)
      continue;
    const core::Gating& gating = state.deployment->gating;
    const core::Gates* gates = gates_of(state);
    // What an older Slipway began knows of no calendar.
    if (gates == nullptr || gating.calendar.until <= gating.calendar.from) continue;
    const bool runs_out = gating.request && gating.calendar.until - now < near_the_end;
    if (which == Anew::what_runs_out && !runs_out) continue;
    const Time until =
        runs_out ? std::chrono::floor<std::chrono::days>(now) + known_ahead : gating.calendar.until;
    auto slots = resolve(*gates, gating.release_class, gating.calendar.from, until);
    if (!slots) {
      log_warning("the calendar of {} can't be worked out anew, and stays as it was: {}", target.text(),
                  slots.error().message);
      continue;
    }
    if (*slots != gating.calendar)
      news.emplace_back(target, core::CalendarResolved{state.deployment->record.number, *std::move(slots)});
  }
  return news;
}

}  // namespace slipway::server
