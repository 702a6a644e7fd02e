#include <algorithm>

#include "base/check.h"
#include "core/turn.h"

// What the judge's word does to a deployment: it ends it, or lets a hold end, or doesn't.
namespace slipway::core {
namespace {

using judge::VerdictKind;

VerdictKind word(const Deployment& deployment) {
  return deployment.verdict ? deployment.verdict->kind : VerdictKind::undecided;
}

std::string reason(const Deployment& deployment) {
  return deployment.verdict ? deployment.verdict->reason : "nothing was seen of this step yet";
}

bool at_hold(const TargetState& state) {
  return state.deployment->stage().kind == Stage::Kind::hold;
}

Time hold_ends(const Deployment& deployment) {
  return deployment.entered + deployment.stage().duration;
}

Time deadline(const Deployment& deployment) {
  return deployment.entered + 2 * deployment.stage().duration;
}

void note_extension(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  if (std::exchange(deployment.extended, true)) return;
  turn.note("{} % is held for longer, {}: {}", deployment.stage().weight, name(word(deployment)),
            reason(deployment));
}

// What is seen for less long before promotion is watched for longer after it, where that was asked for.
void end_early(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  const Duration least = turn.state().canary->bound.strategy.judge.minimum_bake;
  for (Stage& stage : deployment.stages)
    if (stage.kind == Stage::Kind::bake) stage.duration = std::max(stage.duration, least);
  turn.note("{} % was held for {} of {}: the judge has seen enough", deployment.stage().weight,
            format_duration(turn.now - deployment.entered), format_duration(deployment.stage().duration));
}

}  // namespace

bool being_judged(const TargetState& state) {
  if (!state.deployment || state.deployment->undoing || !state.deployment->exposed) return false;
  // Going forward again to what was gone back from can't be an answer to bad figures.
  if (state.deployment->record.kind == Request::Kind::rollback) return false;
  const Stage::Kind stage = state.deployment->stage().kind;
  if (promoted(*state.deployment)) return stage == Stage::Kind::verify || stage == Stage::Kind::bake;
  return true;
}

std::optional<Duties::Judging> judging(const TargetState& state) {
  if (!being_judged(state) || !is_judged(state)) return std::nullopt;
  const Fleet& fleet = state.canary ? *state.canary : *state.stable;
  const Deployment& deployment = *state.deployment;
  Duties::Judging judging{.deployment = fleet.deployment,
                          .canary = fleet.pool,
                          .question = {fleet.bound.rollback_triggers, *deployment.exposed, deployment.step},
                          .ends = std::nullopt};
  const Stage::Kind stage = deployment.stage().kind;
  if (!deployment.paused && (stage == Stage::Kind::hold || stage == Stage::Kind::bake)) {
    judging.ends = hold_ends(deployment);
    judging.question.hold = deployment.stage().duration;
  }
  return judging;
}

bool hold_is_over(Turn& turn) {
  const TargetState& state = turn.state();
  const Deployment& deployment = *state.deployment;
  if (deployment.paused) return false;
  if (deployment.go_on) return true;
  if (deployment.lapsed) return false;
  if (turn.now < hold_ends(deployment)) {
    if (!deployment.stage().early || !is_judged(state) || word(deployment) != VerdictKind::healthy)
      return false;
    end_early(turn);
    return true;
  }
  if (!is_judged(state) || word(deployment) == VerdictKind::healthy) return true;
  note_extension(turn);
  return false;
}

bool settle_undecided(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  if (!at_hold(state) || deployment.undoing || deployment.paused || deployment.lapsed || deployment.go_on ||
      !is_judged(state) || word(deployment) != VerdictKind::undecided || turn.now < deadline(deployment))
    return false;
  const std::string why =
      fmt::format("undecided after {} at {} %: {}", format_duration(turn.now - deployment.entered),
                  deployment.stage().weight, reason(deployment));
  switch (state.canary->bound.strategy.undecided) {
    case Undecided::pause:
      deployment.paused = Paused{turn.now, "", why};
      turn.note("paused, {}. Take the next step with: slipway resume {}; or go back with: slipway abort {}",
                why, state.target.text(), state.target.text());
      turn.record(deployment.record);
      return true;
    case Undecided::advance:
      deployment.go_on = true;
      turn.note("{}: the next step is taken all the same, as the configuration says", why);
      return true;
    case Undecided::roll_back:
      undo(turn, outcome_of_failure(state), why);
      return true;
  }
  return false;
}

std::optional<Time> hold_wakeup(const TargetState& state) {
  const Deployment& deployment = *state.deployment;
  if (deployment.paused || deployment.lapsed) return std::nullopt;
  const Time ends = hold_ends(deployment);
  return state.now < ends || !is_judged(state) ? ends : deadline(deployment);
}

// Nothing is retired while the judge isn't content, for twice the bake at most: the way back by one switch is
// worth it.
bool bake_is_over(const TargetState& state) {
  const Deployment& deployment = *state.deployment;
  if (deployment.paused || state.now < hold_ends(deployment)) return false;
  const bool content = !being_judged(state) || !is_judged(state) || word(deployment) == VerdictKind::healthy;
  return content || state.now >= deadline(deployment);
}

std::optional<Time> bake_wakeup(const TargetState& state) {
  const Deployment& deployment = *state.deployment;
  if (deployment.paused) return std::nullopt;
  return state.now < hold_ends(deployment) ? hold_ends(deployment) : deadline(deployment);
}

void take(Turn& turn, const VerdictChanged& event) {
  TargetState& state = turn.state();
  if (!being_judged(state) || state.deployment->record.number != event.deployment) return;
  Deployment& deployment = *state.deployment;
  const std::optional<judge::Verdict> before = std::exchange(deployment.verdict, event.verdict);
  const bool was_held = before && before->kind == VerdictKind::held;
  switch (event.verdict.kind) {
    case VerdictKind::unhealthy:
      deployment.record.first_bad = event.verdict.first_bad;
      deployment.record.evidence = event.verdict.evidence;
      return undo(turn, outcome_of_failure(state), event.verdict.reason);
    case VerdictKind::held:
      if (!was_held) turn.note("held: {}", event.verdict.reason);
      return;
    case VerdictKind::healthy:
    case VerdictKind::undecided:
      if (!was_held) return;
      turn.note("no longer held: {}", event.verdict.reason);
      // What was held isn't yet undecided for long: the whole extension lies ahead.
      if (at_hold(state) && turn.now > hold_ends(deployment))
        deployment.entered = turn.now - deployment.stage().duration;
      return;
  }
}

}  // namespace slipway::core
