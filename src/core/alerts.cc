#include <algorithm>

#include "core/turn.h"

namespace slipway::core {
namespace {

bool can_go_back(const TargetState& state) {
  const Deployment& deployment = *state.deployment;
  if (deployment.undoing || deployment.record.kind == Request::Kind::rollback) return false;
  return !promoted(deployment) || previous_is_warm(state);
}

}  // namespace

std::string describe(const Alert& alert) {
  const bool sum = alert.statistic == Alert::Statistic::sum;
  return fmt::format(
      "{}: {} {} above {}{} in {}{}", alert.name,
      alert.metric == Alert::Metric::errors ? "Errors" : "Latency", sum ? "sum" : "average", alert.above,
      alert.metric == Alert::Metric::latency ? " ms" : "", format_duration(alert.period),
      alert.evaluation_periods > 1 ? fmt::format(", {} periods in a row", alert.evaluation_periods)
                                   : std::string());
}

std::optional<Duties::Alarm> alarm(const TargetState& state) {
  if (!state.deployment || gating(state) || state.deployment->undoing || !state.deployment->gating.begun)
    return std::nullopt;
  const Fleet* fleet = fleet_of(state);
  if (fleet == nullptr || fleet->bound.alerts.empty()) return std::nullopt;
  return Duties::Alarm{state.deployment->record.number, fleet->bound.alerts, *state.deployment->gating.begun};
}

void take(Turn& turn, const AlertChanged& event) {
  TargetState& state = turn.state();
  if (!state.deployment || state.deployment->record.number != event.deployment || gating(state)) return;
  const Fleet* fleet = fleet_of(state);
  if (fleet == nullptr) return;
  const auto alert = std::ranges::find(fleet->bound.alerts, event.alert, &Alert::name);
  if (alert == fleet->bound.alerts.end()) return;
  auto& firing = state.deployment->firing;
  const auto known = std::ranges::find(firing, event.alert, &Firing::alert);
  if (!event.firing) {
    if (known == firing.end()) return;
    turn.note("alert {} is over after {}", event.alert, format_duration(turn.now - known->since));
    firing.erase(known);
    return;
  }
  if (known != firing.end()) return;
  firing.push_back({event.alert, turn.now, event.value});
  const std::string what = fmt::format("alert {}; it is {:.6g}", describe(*alert), event.value);
  turn.note("{}", what);
  if (alert->notify) tell(turn, NoticeKind::alert, what);
  if (!alert->command.empty())
    state.commanded.push_back(
        {turn.emit(RunAlertCommand{*alert, fleet->release, event.value}), event.deployment, event.alert});
  if (alert->roll_back && can_go_back(state)) undo(turn, outcome_of_failure(state), what);
}

// Whatever came of it, it isn't run again.
bool command_ended(Turn& turn, const EffectId& id, const Outcome& outcome) {
  auto& commanded = turn.state().commanded;
  const auto found = std::ranges::find(commanded, id, &Commanded::open);
  if (found == commanded.end()) return false;
  turn.note_of(found->deployment, "{}",
               outcome.message.empty() ? fmt::format("the command of the alert {} was run", found->alert)
                                       : outcome.message);
  commanded.erase(found);
  return true;
}

void forget_commands(Turn& turn) {
  for (const Commanded& command : turn.state().commanded)
    turn.note_of(command.deployment,
                 "the host rebooted before it was known how the command of the alert {} ended; it isn't run "
                 "again",
                 command.alert);
  turn.state().commanded.clear();
}

}  // namespace slipway::core
