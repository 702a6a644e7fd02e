#include "base/check.h"
#include "core/turn.h"

namespace slipway::core {

bool promoted(const Deployment& deployment) {
  return deployment.record.promoted.has_value();
}

bool holds_users(const TargetState& state) {
  const auto on_canary = [&](const std::optional<Routing>& routing) {
    if (!routing || !state.canary) return false;
    return routing->weight > 0 || routing->stable == state.canary->pool;
  };
  if (state.deployment && promoted(*state.deployment)) return true;
  return on_canary(state.traffic.wanted) || on_canary(state.traffic.applied) || on_canary(state.traffic.sent);
}

void begin(Turn& turn, const Request& request, int number) {
  TargetState& state = turn.state();
  CHECK(!state.deployment && !state.canary && !state.previous);

  Fleet canary{.deployment = number, .release = request.release, .bound = request.bound};
  canary.pool = state.stable && state.stable->pool == Pool::a ? Pool::b : Pool::a;
  for (int ordinal = 1; ordinal <= request.bound.run.instances; ++ordinal)
    canary.instances.push_back({.name = {number, ordinal}, .since = turn.now});
  state.canary = std::move(canary);
  state.went_back.reset();

  Deployment deployment;
  deployment.record = {.number = number,
                       .kind = request.kind,
                       .release = request.release,
                       .by = request.by,
                       .reason = request.reason,
                       .started = turn.now};
  if (state.stable) deployment.record.replaced = state.stable->release;
  deployment.stages = plan(request.bound, request.kind, state.stable.has_value());
  deployment.entered = turn.now;
  turn.note("{} of {} (revision {}, digest {:.12}…) started by {}{}",
            request.kind == Request::Kind::deploy ? "deployment" : "rollback by deployment",
            request.release.version, request.release.revision, request.release.digest, request.by,
            request.reason.empty() ? "" : ": " + request.reason);
  turn.record(deployment.record);
  state.deployment = std::move(deployment);
}

void undo(Turn& turn, OutcomeKind outcome, std::string cause) {
  TargetState& state = turn.state();
  CHECK(state.deployment && !state.deployment->undoing);
  Deployment& deployment = *state.deployment;
  turn.note("going back: {}", cause);
  deployment.undoing = true;
  deployment.paused.reset();
  deployment.lapsed.reset();
  deployment.go_on = false;
  deployment.record.outcome = outcome;
  deployment.record.decided = turn.now;
  deployment.record.cause = std::move(cause);
  // The ledger backwards: users first, then what is in flight, then the instances. What the proxy was never
  // told needs no undoing there.
  deployment.stages.resize(deployment.cursor + 1);
  const auto& wanted = state.traffic.wanted;
  const bool told =
      promoted(deployment) || !wanted || !state.canary || !wanted->pool(state.canary->pool).servers.empty();
  if ((wanted || state.traffic.applied || state.traffic.open) && (told || !state.traffic.settled())) {
    deployment.stages.push_back({Stage::Kind::return_users});
    deployment.stages.push_back({Stage::Kind::drain_canary});
  }
  deployment.stages.push_back({Stage::Kind::stop_canary});
  deployment.cursor += 1;
  deployment.entered = turn.now;
  deployment.open.reset();  // its outcome no longer matters
  deployment.effect_done = false;
  deployment.retry_at.reset();
  deployment.failures = 0;
}

void end(Turn& turn) {
  TargetState& state = turn.state();
  DeploymentRecord& record = state.deployment->record;
  CHECK(!state.canary && !state.previous);
  record.ended = turn.now;
  if (record.outcome != OutcomeKind::promoted)
    turn.note("{} {} after {}: {}", record.release.version, name(record.outcome),
              format_duration(turn.now - record.started), record.cause);
  turn.record(record);
  const bool back = record.outcome == OutcomeKind::rolled_back ||
                    (record.kind == Request::Kind::rollback && record.outcome == OutcomeKind::promoted);
  if (back && !state.went_back) state.went_back = turn.now;
  state.deployment.reset();
  if (!state.queued) return;
  const Request next = state.queued->request;
  state.queued.reset();
  begin(turn, next, state.queued_number);
}

void drop_queued(Turn& turn, OutcomeKind outcome, std::string cause) {
  TargetState& state = turn.state();
  if (!state.queued) return;
  const Request& request = state.queued->request;
  turn.record({.number = state.queued_number,
               .kind = request.kind,
               .release = request.release,
               .by = request.by,
               .reason = request.reason,
               .started = turn.now,
               .ended = turn.now,
               .outcome = outcome,
               .cause = std::move(cause)});
  state.queued.reset();
}

}  // namespace slipway::core
