#include "server/hearings.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"

namespace slipway::server {
namespace {

// What is normal is what was recorded of stable for so long before the deployment began, where it is known.
constexpr Duration looked_back{60'000};

judge::Hearing::Sight seen(const core::TargetState& state, const Experiences& experiences, Time second) {
  const core::Arms arms = core::arms(state);
  judge::Hearing::Sight sight = core::sight(state);
  const auto of = [&](const core::Fleet* fleet) {
    return &experiences.of(state.target, fleet == nullptr ? 0 : fleet->deployment);
  };
  sight.second = second;
  sight.canary.experience = of(arms.canary);
  sight.stable.experience = of(arms.stable);
  return sight;
}

}  // namespace

void Hearings::take(const core::TargetState& state, const Experiences& experiences,
                    const Recorded& recorded) {
  const auto plan = core::trial(state);
  if (!plan) return end(state.target);
  judge::Hearing& hearing = this->hearing(state, *plan, experiences, recorded.second);
  judge::Hearing::Sight sight = seen(state, experiences, recorded.second);
  sight.one_in = recorded.one_in;
  sight.lost = recorded.lost;
  sight.clock_off = recorded.clock_off;
  const core::Arms arms = core::arms(state);
  const auto under_way = [&](const core::Fleet* fleet) {
    const auto ages = fleet == nullptr ? recorded.under_way.end() : recorded.under_way.find(fleet->pool);
    return ages == recorded.under_way.end() ? UnderWay::Ages{} : ages->second;
  };
  sight.canary.in_flight = under_way(arms.canary);
  sight.stable.in_flight = under_way(arms.stable);
  hearing.take(sight);
  keep_.write(state.target, {{"began", state.deployment->record.started}, {"hearing", hearing.checkpoint()}});
}

judge::Hearing& Hearings::hearing(const core::TargetState& state, const judge::Trial::Plan& plan,
                                  const Experiences& experiences, Time second) {
  const core::Target& target = state.target;
  const int deployment = state.deployment->record.number;
  const auto found = hearings_.find(target);
  if (found != hearings_.end() && found->second.deployment() == deployment) return found->second;
  if (looked_for_.insert(target).second) {
    auto restored = restore(target, state.deployment->record, plan);
    if (restored) return hearings_.insert_or_assign(target, std::move(*restored)).first->second;
    if (restored.error().kind != ErrorKind::not_found)
      log_warning("{}: what the judge knew of deployment {} is lost, and it begins anew: {}", target.text(),
                  deployment, restored.error().message);
  }
  judge::Hearing& begun = hearings_.insert_or_assign(target, judge::Hearing(deployment, plan)).first->second;
  if (state.deployment->exposed) return begun;
  for (Time before = second - looked_back; before < second; before += one_second)
    begun.take(seen(state, experiences, before));
  return begun;
}

// By when it began, too: a number is given once more where a journal lost its end.
Result<judge::Hearing> Hearings::restore(const core::Target& target, const core::DeploymentRecord& record,
                                         const judge::Trial::Plan& plan) const {
  TRY(const Json kept, keep_.read(target));
  if (!kept.is_object() || !kept.contains("hearing") || kept.value("began", Json()) != Json(record.started))
    return fail(ErrorKind::invalid_input, "the judge's checkpoint is of another deployment");
  return judge::Hearing::restore(record.number, plan, kept["hearing"]);
}

std::optional<judge::Verdict> Hearings::verdict(const core::TargetState& state,
                                                const Experiences& experiences, Time watched,
                                                Time now) const {
  auto judging = core::duties(state).judging;
  if (!state.deployment || !judging || judging->deployment != state.deployment->record.number)
    return std::nullopt;
  const auto hearing = hearings_.find(state.target);
  if (hearing == hearings_.end() || hearing->second.deployment() != judging->deployment) return std::nullopt;
  judging->question.exposed = std::max(judging->question.exposed, watched);
  const core::Arms arms = core::arms(state);
  const auto of = [&](const core::Fleet* fleet) -> const judge::Experience& {
    return experiences.of(state.target, fleet == nullptr ? 0 : fleet->deployment);
  };
  return judge::verdict(hearing->second.judge(core::moment(*judging, now), judging->question, of(arms.canary),
                                              of(arms.stable), now));
}

void Hearings::forget(const std::map<core::Target, core::TargetState>& targets) {
  std::erase_if(hearings_, [&](const auto& entry) { return !targets.contains(entry.first); });
}

void Hearings::end(const core::Target& target) {
  looked_for_.insert(target);
  if (hearings_.erase(target) > 0) keep_.remove(target);
}

}  // namespace slipway::server
