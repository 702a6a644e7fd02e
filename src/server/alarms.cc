#include "server/alarms.h"

#include <algorithm>

namespace slipway::server {
namespace {

judge::Alarm::Metric metric(core::Alert::Metric metric) {
  switch (metric) {
    case core::Alert::Metric::errors:
      return judge::Alarm::Metric::errors;
    case core::Alert::Metric::latency:
      return judge::Alarm::Metric::latency;
  }
  return judge::Alarm::Metric::errors;
}

judge::Alarm::Statistic statistic(core::Alert::Statistic statistic) {
  switch (statistic) {
    case core::Alert::Statistic::sum:
      return judge::Alarm::Statistic::sum;
    case core::Alert::Statistic::average:
      return judge::Alarm::Statistic::average;
  }
  return judge::Alarm::Statistic::sum;
}

bool is_firing(const core::TargetState& state, const std::string& alert) {
  return state.deployment && std::ranges::find(state.deployment->firing, alert, &core::Firing::alert) !=
                                 state.deployment->firing.end();
}

// What users of all releases met in the second, whichever instance it was.
judge::Cell all_users(const core::TargetState& state, const Experiences& experiences, Time second) {
  judge::Cell all;
  for (const core::Fleet* fleet : fleets_of(state))
    if (const auto* cells = experiences.of(state.target, fleet->deployment).in(second))
      for (const auto& [instance, cell] : *cells) all.merge(cell);
  return all;
}

}  // namespace

void Alarms::take(const Targets& targets, const Experiences& experiences, Time second) {
  std::erase_if(armed_, [&](const auto& entry) { return !targets.contains(entry.first); });
  for (const auto& [target, state] : targets) {
    auto duty = core::duties(state).alarm;
    if (!duty) {
      armed_.erase(target);
      continue;
    }
    Armed& armed = armed_[target];
    if (armed.duty != *duty) {
      armed.alarms.clear();
      for (const core::Alert& alert : duty->alerts)
        armed.alarms.emplace_back(
            judge::Alarm::Setting{.metric = metric(alert.metric),
                                  .statistic = statistic(alert.statistic),
                                  .above = alert.above,
                                  .period = alert.period,
                                  .evaluation_periods = alert.evaluation_periods},
            second, is_firing(state, alert.name) ? judge::Alarm::State::firing : judge::Alarm::State::quiet);
      armed.duty = *std::move(duty);
    }
    const judge::Cell all = all_users(state, experiences, second);
    for (judge::Alarm& alarm : armed.alarms) alarm.take(second, all);
  }
}

std::vector<std::pair<core::Target, core::AlertChanged>> Alarms::news(const Targets& targets) const {
  std::vector<std::pair<core::Target, core::AlertChanged>> news;
  for (const auto& [target, armed] : armed_) {
    const auto state = targets.find(target);
    if (state == targets.end() || core::duties(state->second).alarm != armed.duty) continue;
    for (std::size_t i = 0; i < armed.alarms.size(); ++i) {
      const std::string& name = armed.duty.alerts[i].name;
      const bool fires = armed.alarms[i].state() == judge::Alarm::State::firing;
      if (fires == is_firing(state->second, name)) continue;
      news.emplace_back(target, core::AlertChanged{armed.duty.deployment, name, fires,
                                                   armed.alarms[i].value().value_or(0)});
    }
  }
  return news;
}

}  // namespace slipway::server
