#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "core/turn.h"

namespace slipway::core {

bool promoted(const Deployment& deployment) {
  return deployment.record.promoted.has_value();
}

namespace {

// What the history keeps of a checklist; what was printed only where it says why.
void keep_evidence(Deployment& deployment) {
  for (const Checking& checking : deployment.gating.checks) {
    if (!checking.evidence) continue;
    deployment.record.checks.push_back(*checking.evidence);
    if (checking.evidence->passed) deployment.record.checks.back().tail.clear();
  }
  deployment.gating.checks.clear();
}

}  // namespace

const Fleet* fleet_of(const TargetState& state) {
  if (!state.deployment) return nullptr;
  const int number = state.deployment->record.number;
  for (const auto* fleet : {&state.canary, &state.stable})
    if (*fleet && (*fleet)->deployment == number) return &**fleet;
  return nullptr;
}

bool previous_is_warm(const TargetState& state) {
  if (!state.previous || state.previous->stopping || !state.deployment || state.deployment->undoing)
    return false;
  const Stage::Kind kind = state.deployment->stage().kind;
  return kind == Stage::Kind::verify || kind == Stage::Kind::bake || kind == Stage::Kind::drain;
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

  Deployment deployment;
  deployment.record = {.number = number,
                       .kind = request.kind,
                       .release = request.release,
                       .by = request.by,
                       .reason = request.reason,
                       .started = turn.now,
                       .source = request.source};
  if (state.stable) deployment.record.replaced = state.stable->release;
  deployment.gating = gates_of(state, request, turn.now);
  deployment.stages = gate_stages(state, deployment.gating, turn.now);
  std::ranges::copy(plan(request.bound, request.kind, state.stable.has_value()),
                    std::back_inserter(deployment.stages));
  deployment.entered = turn.now;
  turn.note("{} of {} (revision {}, digest {:.12}…) started by {}{}",
            request.kind == Request::Kind::deploy ? "deployment" : "rollback by deployment",
            request.release.version, request.release.revision, request.release.digest, request.by,
            request.reason.empty() ? "" : ": " + request.reason);
  turn.record(deployment.record);
  state.deployment = std::move(deployment);
  if (state.offer && state.offer->release.digest == request.release.digest) state.offer.reset();
  for (const auto& [check, reason] : request.overrides) {
    turn.note("{} is set aside by {}: {}", check, request.by, reason);
    tell(turn, NoticeKind::override_, fmt::format("{} was set aside by {}: {}", check, request.by, reason));
  }
  if (state.deployment->stage().kind == Stage::Kind::start)
    launch(turn);
  else
    arrive_at_gate(turn);
}

void launch(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  CHECK(gating(state));
  const Request request = *std::exchange(deployment.gating.request, std::nullopt);
  const int number = deployment.record.number;
  Fleet canary{.deployment = number, .release = request.release, .bound = request.bound};
  canary.pool = state.stable && state.stable->pool == Pool::a ? Pool::b : Pool::a;
  for (int ordinal = 1; ordinal <= request.bound.run.instances; ++ordinal)
    canary.instances.push_back({.name = {number, ordinal}, .since = turn.now});
  state.canary = std::move(canary);
  state.went_back.reset();
  deployment.gating.begun = turn.now;
  deployment.gating.said = false;
  keep_evidence(deployment);
  if (!deployment.record.checks.empty() || !deployment.record.approvals.empty())
    turn.record(deployment.record);
  tell(turn, NoticeKind::started, {});
}

void undo(Turn& turn, OutcomeKind outcome, std::string cause) {
  TargetState& state = turn.state();
  CHECK(state.deployment && !state.deployment->undoing);
  Deployment& deployment = *state.deployment;
  if (gating(state)) {
    keep_evidence(deployment);
    deployment.record.untouched = true;
    deployment.record.outcome = outcome;
    deployment.record.decided = turn.now;
    deployment.record.cause = std::move(cause);
    return end(turn);
  }
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
  tell_the_end(turn);
  if (record.outcome == OutcomeKind::promoted && record.kind == Request::Kind::deploy)
    offer_on(turn, record.release, state.stable->bound);
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
               .untouched = true,
               .outcome = outcome,
               .cause = std::move(cause),
               .source = request.source});
  state.queued.reset();
}

}  // namespace slipway::core
