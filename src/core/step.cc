#include "core/step.h"

#include <algorithm>

#include "base/check.h"
#include "core/turn.h"

namespace slipway::core {
namespace {

void take(Turn& turn, const EffectEnded& event) {
  TargetState& state = turn.state();
  if (state.traffic.open == event.id) return traffic_ended(turn, event.outcome);
  if (state.deployment && state.deployment->open == event.id) return stage_ended(turn, event.outcome);
  if (check_ended(turn, event.id, event.outcome) || letter_ended(turn, event.id, event.outcome) ||
      handover_ended(turn, event.id, event.outcome) || command_ended(turn, event.id, event.outcome))
    return;
  instance_ended(turn, event.id, event.outcome);
}

void take(Turn&, const TimePassed&) {}

void take(Turn& turn, const LeaseLapsed& event) {
  auto& deployment = turn.state().deployment;
  if (!deployment || deployment->undoing || promoted(*deployment) || deployment->lapsed) return;
  const auto& wanted = turn.state().traffic.wanted;
  if (!wanted || wanted->weight == 0) return;
  // It may be noticed late: a daemon that was stopped finds it when it is back.
  const Duration ago =
      std::clamp(event.away - wanted->lease, Duration::zero(), turn.now - deployment->entered);
  deployment->lapsed = turn.now - ago;
  deployment->verdict.reset();
  const std::string when = ago < Duration(1'000) ? "" : fmt::format(" {} ago", format_duration(ago));
  turn.note("the lease ran out{}, {} after it was renewed last: users are on stable until it is renewed",
            when, format_duration(event.away));
}

// Users are on the canary again: nothing that was before counts.
void take(Turn& turn, const LeaseRenewed&) {
  auto& deployment = turn.state().deployment;
  if (!deployment || !deployment->lapsed) return;
  deployment->lapsed.reset();
  deployment->verdict.reset();
  if (deployment->exposed) deployment->exposed = deployment->step = turn.now;
  turn.note("the lease is renewed: users are on {} again", deployment->record.release.version);
  if (deployment->stage().kind == Stage::Kind::hold) {
    deployment->entered = turn.now;
    deployment->extended = false;
    if (deployment->paused) deployment->paused->since = turn.now;
    turn.note("holding {} % starts again", deployment->stage().weight);
  }
}

// What nobody watched doesn't count: a hold or a bake lasts for as long as somebody looks, and what is to
// become healthy has its grace.
void take(Turn& turn, const WasAway& event) {
  auto& deployment = turn.state().deployment;
  if (gating(turn.state()))
    for (Checking& checking : deployment->gating.checks)
      if (checking.since) checking.since = std::min(*checking.since + event.away, turn.now);
  if (!deployment || deployment->undoing || gating(turn.state())) return;
  const Stage::Kind stage = deployment->stage().kind;
  // What was good news is to be heard anew; a canary that is held isn't undecided by a restart.
  if (deployment->verdict && deployment->verdict->kind == judge::Verdict::Kind::healthy)
    deployment->verdict.reset();
  // A pause counts the absence in it already.
  if (deployment->paused || (promoted(*deployment) && stage != Stage::Kind::bake)) return;
  deployment->entered = std::min(deployment->entered + event.away, turn.now);
  if (event.away >= Duration{10'000})
    turn.note("the daemon was away for {}: \"{}\" takes so much longer", format_duration(event.away),
              name(stage));
}

// What lasts a while goes on from where it was: a clock put forward mustn't end a bake.
void take(Turn& turn, const ClockJumped& event) {
  TargetState& state = turn.state();
  if (event.by > Duration::zero()) {
    const auto forward = [&](Time& time) { time = std::min(time + event.by, turn.now); };
    if (state.deployment) {
      forward(state.deployment->entered);
      forward(state.deployment->step);
      if (state.deployment->exposed) forward(*state.deployment->exposed);
      if (state.deployment->lapsed) forward(*state.deployment->lapsed);
      if (state.deployment->paused) forward(state.deployment->paused->since);
      for (Checking& checking : state.deployment->gating.checks)
        if (checking.since) forward(*checking.since);
    }
    if (state.rebooted) state.rebooted = std::min(*state.rebooted + event.by, turn.now);
  }
  turn.note("the clock jumped by {}; holds and deadlines go on as if it had not", format_duration(event.by));
}

}  // namespace

Duration backoff(int failures, Duration first, Duration longest) {
  Duration wait = first;
  for (int i = 1; i < failures && wait < longest; ++i) wait *= 2;
  return std::min(wait, longest);
}

Duration backoff(int failures) {
  return backoff(failures, Duration(200), Duration(30'000));
}

Step step(TargetState state, const Event& event, Time now) {
  CHECK(now >= state.now);
  state.events += 1;
  state.now = now;
  Turn turn(std::move(state), now);
  forget_what_is_over(turn);
  std::visit([&](const auto& alternative) { take(turn, alternative); }, event);
  while (advance(turn)) {
  }
  settle_instances(turn);
  settle_traffic(turn);
  settle_stuck(turn);
  settle_outbox(turn);
  settle_handovers(turn);
  if (const auto broken = broken_invariant(turn.state())) check_failed(broken->c_str(), __FILE__, __LINE__);
  return std::move(turn).finish();
}

std::optional<Time> next_wakeup(const TargetState& state) {
  std::optional<Time> next = stage_wakeup(state);
  const auto consider = [&](std::optional<Time> time) {
    // What was due at the last event was looked at then; only later times can change anything.
    if (time && *time > state.now && (!next || *time < *next)) next = time;
  };
  consider(calendar_wakeup(state));
  consider(outbox_wakeup(state));
  consider(handover_wakeup(state));
  if (!state.traffic.open && !state.traffic.settled()) consider(state.traffic.retry_at);
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous}) {
    if (!*fleet) continue;
    for (const Instance& instance : (*fleet)->instances)
      if (!instance.open) consider(instance.retry_at);
  }
  if (state.rebooted && state.stable) consider(*state.rebooted + state.stable->bound.run.health.grace);
  return next;
}

Duties duties(const TargetState& state) {
  Duties result;
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous}) {
    if (!*fleet || (*fleet)->stopping) continue;
    for (const Instance& instance : (*fleet)->instances)
      if (instance.running)
        result.probes.push_back({instance.name, instance.port, (*fleet)->bound.run.health});
  }
  const auto& wanted = state.traffic.wanted;
  if (wanted && wanted->canary && wanted->weight > 0) result.lease = wanted->lease;
  // Until the proxy has taken the promotion, for which it may have to be reloaded, users are on the canary.
  else if (wanted && state.deployment && state.canary && wanted->stable == state.canary->pool &&
           state.deployment->exposed)
    result.lease = state.canary->bound.strategy.lease;
  result.judging = judging(state);
  result.alarm = alarm(state);
  return result;
}

}  // namespace slipway::core
