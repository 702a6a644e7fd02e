#include "core/turn.h"

namespace slipway::core {
namespace {

// Accepts a request to start once what is under way has made room. The newest wins.
void queue(Turn& turn, const DeployRequested& event, std::string_view after) {
  TargetState& state = turn.state();
  drop_queued(turn, OutcomeKind::superseded,
              fmt::format("superseded by {} before it began", event.request.release.version));
  state.queued = event;
  state.queued_number = ++state.deployments;
  turn.record({.number = state.queued_number,
               .kind = event.request.kind,
               .release = event.request.release,
               .by = event.request.by,
               .reason = event.request.reason,
               .started = turn.now,
               .source = event.request.source});
  turn.note("{} is queued by {}: it starts when {}", event.request.release.version, event.request.by, after);
  turn.accept(fmt::format("queued as deployment {}: it starts when {}", state.queued_number, after),
              state.queued_number);
}

// The bake is over now, paused or not; what it waits for apart from time still happens.
void cut_bake(Deployment& deployment) {
  deployment.paused.reset();
  for (std::size_t i = deployment.cursor; i < deployment.stages.size(); ++i)
    if (deployment.stages[i].kind == Stage::Kind::bake) deployment.stages[i].duration = Duration::zero();
}

bool bake_lies_ahead(const Deployment& deployment) {
  for (std::size_t i = deployment.cursor; i < deployment.stages.size(); ++i)
    if (deployment.stages[i].kind == Stage::Kind::bake) return true;
  return false;
}

void start(Turn& turn, const Request& request) {
  const int number = ++turn.state().deployments;
  begin(turn, request, number);
  turn.accept(fmt::format("deployment {} of {} to {} has begun", number, request.release.version,
                          turn.state().target.text()),
              number);
}

std::string who_and_why(std::string_view what, const std::string& by, const std::string& reason) {
  return fmt::format("{} by {}{}", what, by, reason.empty() ? "" : ": " + reason);
}

void deploy_during(Turn& turn, const DeployRequested& event, Deployment& deployment) {
  const Release& release = event.request.release;
  const std::string& current = deployment.record.release.version;
  const auto& queued = turn.state().queued;
  if (queued && queued->request.release == release)
    return turn.accept(
        fmt::format("{} is queued already as deployment {}", release.version, turn.state().queued_number),
        turn.state().queued_number);
  const bool same = deployment.record.release == release;
  if (deployment.undoing || !same)
    if (auto why = refusal(turn.state(), event.request, turn.now)) return turn.refuse(std::move(*why));
  if (deployment.undoing) return queue(turn, event, fmt::format("{} has been taken back", current));
  if (!promoted(deployment)) {
    if (deployment.record.release == release)
      return turn.accept(
          fmt::format("{} is already under way as deployment {}", release.version, deployment.record.number),
          deployment.record.number);
    if (gating(turn.state())) {
      undo(turn, OutcomeKind::superseded, fmt::format("superseded by {} before it began", release.version));
      return start(turn, event.request);
    }
    queue(turn, event, fmt::format("{} has been taken back", current));
    return undo(turn, OutcomeKind::superseded, fmt::format("superseded by {}", release.version));
  }
  if (deployment.record.release == release)
    return turn.accept(fmt::format("{} is promoted already", release.version), std::nullopt);
  if (bake_lies_ahead(deployment) && !event.end_bake) {
    std::string until;
    if (deployment.paused)
      until = ", paused";
    else if (deployment.stage().kind == Stage::Kind::bake &&
             turn.now < deployment.entered + deployment.stage().duration)
      until = fmt::format(" for another {}",
                          format_duration(deployment.entered + deployment.stage().duration - turn.now));
    return turn.refuse(fmt::format(
        "{} is baking{}, with the release before it kept warm. Wait, or deploy with --end-bake: then "
        "there is no way back by one switch",
        current, until));
  }
  cut_bake(deployment);
  queue(turn, event, fmt::format("the release before {} is retired", current));
}

constexpr Duration double_click{60'000};

// A rollback that doesn't say how far, while or soon after another: answered here, since it would go back
// from what has just been brought back, or stop it from coming.
bool is_second_click(Turn& turn, const RollbackRequested& event) {
  const TargetState& state = turn.state();
  if (event.revision) return false;
  const std::string environment = state.target.text();
  if (state.deployment && !state.deployment->undoing &&
      state.deployment->record.kind == Request::Kind::rollback) {
    const DeploymentRecord& record = state.deployment->record;
    if (!promoted(*state.deployment)) {
      turn.accept(fmt::format("{} is being brought back already", record.release.version), record.number);
      return true;
    }
    turn.refuse(fmt::format(
        "{} has just been brought back. To go elsewhere, say where: slipway rollback {} REVISION; "
        "slipway releases {} lists them",
        record.release.version, environment, environment));
    return true;
  }
  if ((state.deployment && !gating(state)) || !state.stable || !state.went_back ||
      turn.now - *state.went_back >= double_click)
    return false;
  turn.refuse(fmt::format(
      "users were brought back to {} {} ago. To go further back, say where: slipway rollback {} "
      "REVISION; slipway releases {} lists them",
      state.stable->release.version, format_duration(turn.now - *state.went_back), environment, environment));
  return true;
}

}  // namespace

void take(Turn& turn, const DeployRequested& event) {
  TargetState& state = turn.state();
  if (state.deployment) return deploy_during(turn, event, *state.deployment);
  if (state.stable && state.stable->release == event.request.release)
    return turn.accept(
        fmt::format("{} (revision {}) is what {} runs already; nothing to do", event.request.release.version,
                    event.request.release.revision, state.target.text()),
        std::nullopt);
  if (auto why = refusal(state, event.request, turn.now)) return turn.refuse(std::move(*why));
  start(turn, event.request);
}

void take(Turn& turn, const RollbackRequested& event) {
  TargetState& state = turn.state();
  if (is_second_click(turn, event)) return;
  const auto is_asked_for = [&](const std::optional<Fleet>& fleet) {
    return fleet && (!event.revision || *event.revision == fleet->release.revision);
  };
  const std::string cause = who_and_why("rolled back", event.by, event.reason);
  // It has touched nothing: what is asked for is to leave what users are on.
  if (gating(state) && (!state.stable || !event.earlier))
    return turn.refuse(fmt::format(
        "{} has touched nothing yet, and {} has no earlier release to go back to. To end what waits: slipway "
        "abort {}",
        state.deployment->record.release.version, state.target.text(), state.target.text()));
  if (gating(state)) undo(turn, OutcomeKind::aborted, cause);
  if (state.deployment && state.deployment->undoing) {
    drop_queued(turn, OutcomeKind::aborted, cause);
    state.deployment->force = state.deployment->force || event.force;
    return turn.accept(
        fmt::format("{} is being taken back already", state.deployment->record.release.version),
        state.deployment->record.number);
  }
  if (state.deployment && !promoted(*state.deployment) && is_asked_for(state.stable)) {
    state.deployment->force = event.force;
    turn.accept(fmt::format("going back to {}", state.stable->release.version),
                state.deployment->record.number);
    drop_queued(turn, OutcomeKind::aborted, cause);
    return undo(turn, OutcomeKind::rolled_back, cause);
  }
  if (previous_is_warm(state) && is_asked_for(state.previous)) {
    state.deployment->force = event.force;
    turn.accept(fmt::format("going back to {} by one switch", state.previous->release.version),
                state.deployment->record.number);
    drop_queued(turn, OutcomeKind::aborted, cause);
    return undo(turn, OutcomeKind::rolled_back, cause);
  }
  if (!state.stable && !state.deployment)
    return turn.refuse(
        fmt::format("nothing runs at {}, so there is nothing to go back from", state.target.text()));
  if (!event.earlier)
    return turn.refuse(
        fmt::format("{} has no earlier release to go back to; slipway releases shows what there is",
                    state.target.text()));
  take(turn, DeployRequested{*event.earlier, true});
}

void take(Turn& turn, const AbortRequested& event) {
  TargetState& state = turn.state();
  const std::string cause = who_and_why("aborted", event.by, event.reason);
  const std::optional<int> queued = state.queued ? std::optional(state.queued_number) : std::nullopt;
  drop_queued(turn, OutcomeKind::aborted, cause);
  if (state.deployment && (state.deployment->undoing || !promoted(*state.deployment))) {
    Deployment& deployment = *state.deployment;
    const std::string& version = deployment.record.release.version;
    turn.accept(fmt::format("deployment {} of {} is being taken back", deployment.record.number, version),
                deployment.record.number);
    if (gating(state))
      turn.accept(fmt::format("deployment {} of {} won't begin", deployment.record.number, version),
                  deployment.record.number);
    if (!deployment.undoing) undo(turn, OutcomeKind::aborted, cause);
  } else if (queued) {
    turn.accept(fmt::format("deployment {} won't begin", *queued), queued);
  } else if (state.stable) {
    turn.refuse(
        fmt::format("nothing is under way at {} that could be aborted: {} is promoted. To go back: slipway "
                    "rollback {}",
                    state.target.text(), state.stable->release.version, state.target.text()));
  } else {
    turn.refuse(fmt::format("nothing is under way at {}", state.target.text()));
  }
}

}  // namespace slipway::core
