#include "core/turn.h"

namespace slipway::core {
namespace {

void forget_processes(Fleet& fleet, Time now) {
  for (Instance& instance : fleet.instances) {
    instance.running = false;
    instance.open.reset();
    instance.ending = false;
    instance.failures = 0;
    instance.retry_at.reset();
    instance.health = Health::starting;
    instance.detail = "the host rebooted";
    instance.restarts = 0;
    instance.says_no = false;
    instance.seen = Seen::up;
    instance.seen_detail.clear();
    instance.since = now;
  }
}

bool bake_was_over(const Deployment& deployment) {
  const Stage::Kind kind = deployment.stage().kind;
  return !deployment.undoing && (kind == Stage::Kind::drain || kind == Stage::Kind::retire);
}

// What was under way can't be gone on with: its processes are gone. What had been decided stays decided.
void end_deployment(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  DeploymentRecord& record = deployment.record;
  const std::string during = fmt::format("the host rebooted during \"{}\"", name(deployment.stage().kind));
  if (!deployment.undoing && promoted(deployment)) {
    record.cause = during + ": the release before it is no longer warm";
    record.cut_short = !bake_was_over(deployment);
  } else if (!deployment.undoing) {
    record.outcome = state.stable ? OutcomeKind::aborted : OutcomeKind::failed;
    record.cause = during;
  }
  record.ended = turn.now;
  tell_the_end(turn);
  if (bake_was_over(deployment) && record.kind == Request::Kind::deploy)
    offer_on(turn, record.release, state.stable->bound);
  if (deployment.undoing && promoted(deployment) && state.previous) {
    state.stable = std::move(state.previous);
    state.trail = deployment.trail_before;
  } else if (deployment.undoing && promoted(deployment) && !state.canary) {
    state.stable.reset();
    state.trail = deployment.trail_before;
  }
  state.canary.reset();
  state.previous.reset();
  turn.note("{}: {} {}", during, record.release.version, name(record.outcome));
  turn.record(record);
  state.deployment.reset();
}

// Whoever was asked is gone with the boot, and asked anew.
void forget_who_was_asked(TargetState& state) {
  if (gating(state))
    for (Checking& checking : state.deployment->gating.checks) {
      checking.open.reset();
      checking.since.reset();
    }
  for (Letter& letter : state.outbox) letter.open.reset();
  for (Handover& handover : state.handovers) handover.open.reset();
}

}  // namespace

void take(Turn& turn, const HostRebooted& event) {
  TargetState& state = turn.state();
  state.boot = event.boot_id;
  turn.note("the host rebooted: the stable release is started again, then the proxy");
  // What has touched nothing yet goes on with its gates.
  if (state.deployment && !gating(state)) {
    drop_queued(turn, OutcomeKind::aborted, "the host rebooted before it began");
    end_deployment(turn);
  }
  forget_who_was_asked(state);
  forget_commands(turn);
  if (state.stable) forget_processes(*state.stable, turn.now);
  state.traffic.open.reset();
  state.traffic.sent.reset();
  state.traffic.applied.reset();
  state.traffic.failures = 0;
  state.traffic.retry_at.reset();
  if (!state.traffic.wanted) return;
  state.traffic.wanted = routing(state, state.stable ? std::optional(state.stable->pool) : std::nullopt, 0);
  state.rebooted = turn.now;
}

}  // namespace slipway::core
