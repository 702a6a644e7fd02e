#include "core/judging.h"

#include <algorithm>

#include "core/turn.h"

namespace slipway::core {
namespace {

using judge::VerdictKind;
using Users = judge::Hearing::Users;

// The judge looks once a second: a word on the last one is there when the hold ends.
constexpr Duration soon{1500};

// Whether a part of the users was or will be on the release while the others are on the one before.
bool compares(const TargetState& state, const Fleet& fleet) {
  const Strategy& strategy = fleet.bound.strategy;
  return strategy.compared && state.deployment->record.replaced && strategy.steps.front().weight < 100;
}

std::vector<judge::Hearing::Member> members(const Fleet& fleet, Time not_before) {
  std::vector<judge::Hearing::Member> members;
  for (const Instance& instance : fleet.instances)
    members.push_back({instance.name.ordinal, std::max(instance.since, not_before)});
  return members;
}

}  // namespace

Arms arms(const TargetState& state) {
  if (!state.deployment) return {};
  const int deployment = state.deployment->record.number;
  Arms arms;
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet) ((*fleet)->deployment == deployment ? arms.canary : arms.stable) = &**fleet;
  return arms;
}

bool is_judged(const TargetState& state) {
  const Fleet* fleet = arms(state).canary;
  return fleet != nullptr && (compares(state, *fleet) || !fleet->bound.rollback_triggers.empty());
}

std::optional<judge::Trial::Plan> trial(const TargetState& state) {
  if (!state.deployment || state.deployment->undoing) return std::nullopt;
  if (state.deployment->record.kind == Request::Kind::rollback || !is_judged(state)) return std::nullopt;
  const Fleet& fleet = *arms(state).canary;
  const Strategy& strategy = fleet.bound.strategy;
  judge::Trial::Plan plan{.settings = strategy.judge,
                          .triggers = fleet.bound.rollback_triggers,
                          .horizon = strategy.bake,
                          .compares = compares(state, fleet)};
  for (const CanaryStep& step : strategy.steps) plan.horizon += step.hold;
  // A rollout of seconds would be over before anything of its times was seen.
  plan.warm_up = std::min(plan.warm_up, strategy.steps.front().hold / 5);
  return plan;
}

judge::Hearing::Sight sight(const TargetState& state) {
  judge::Hearing::Sight sight;
  if (!state.deployment) return sight;
  const Deployment& deployment = *state.deployment;
  const Arms arms = core::arms(state);
  if (arms.canary != nullptr)
    sight.canary.instances = members(*arms.canary, deployment.exposed.value_or(state.now));
  if (arms.stable != nullptr) sight.stable.instances = members(*arms.stable, Time{});
  sight.step = deployment.step;
  if (deployment.undoing || !deployment.exposed || deployment.lapsed) return sight;
  const auto& routing = state.traffic.applied ? state.traffic.applied : state.traffic.wanted;
  const bool all = promoted(deployment) || !routing || !routing->canary || routing->weight >= 100;
  sight.users = all ? Users::all : routing->weight > 0 ? Users::some : Users::none;
  // A proxy that was told something may do it before it answers, or without an answer.
  if (!all && (state.traffic.open || !state.traffic.applied))
    sight.weight.reset();
  else
    sight.weight = all ? 1 : routing->weight / 100.0;
  return sight;
}

judge::Trial::Moment moment(const Duties::Judging& judging, Time now) {
  using enum judge::Trial::Moment;
  return judging.ends && now >= *judging.ends - soon ? hold_is_over : on_the_way;
}

bool is_news(const TargetState& state, const VerdictChanged& word, Time now) {
  if (!state.deployment || state.deployment->record.number != word.deployment || state.deployment->undoing)
    return false;
  if (word.verdict.kind == VerdictKind::unhealthy) return true;
  const auto& known = state.deployment->verdict;
  if (!known) return true;
  const auto next = next_wakeup(state);
  const auto judging = duties(state).judging;
  const bool matters = (next && *next - now < soon) ||
                       (judging && moment(*judging, now) == judge::Trial::Moment::hold_is_over);
  const auto& evidence = word.verdict.evidence;
  const bool doubtful = evidence && evidence->cause == judge::Cause::bad_data;
  if (known->kind == VerdictKind::healthy && word.verdict.kind == VerdictKind::undecided)
    return matters || doubtful;
  return known->kind != word.verdict.kind ||
         (next && *next - now < soon && known->reason != word.verdict.reason);
}

}  // namespace slipway::core
