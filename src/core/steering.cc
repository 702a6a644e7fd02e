#include <algorithm>
#include <cstddef>

#include "core/turn.h"

// What people do to a deployment under way, apart from ending it: faster, stop, go on.
namespace slipway::core {
namespace {

using Kind = Stage::Kind;

std::string by_whom(std::string_view what, const std::string& by, const std::string& reason) {
  return fmt::format("{} by {}{}", what, by, reason.empty() ? "" : ": " + reason);
}

// The deployment that a person may steer, or nothing, once that was said.
Deployment* steerable(Turn& turn) {
  TargetState& state = turn.state();
  if (!state.deployment) {
    turn.refuse(fmt::format("nothing is under way at {}", state.target.text()));
    return nullptr;
  }
  if (state.deployment->undoing) {
    turn.refuse(fmt::format("{} is being taken back: {}", state.deployment->record.release.version,
                            state.deployment->record.cause));
    return nullptr;
  }
  return &*state.deployment;
}

bool is_waiting(const Stage& stage) {
  return stage.kind == Kind::hold || (stage.kind == Kind::shift && stage.weight < 100);
}

// The clock of what the pause interrupted goes on from where it was.
void end_pause(Turn& turn, Deployment& deployment) {
  deployment.entered = std::min(deployment.entered + (turn.now - deployment.paused->since), turn.now);
  deployment.paused.reset();
}

}  // namespace

void take(Turn& turn, const PromoteRequested& event) {
  Deployment* deployment = steerable(turn);
  if (deployment == nullptr) return;
  const std::string& version = deployment->record.release.version;
  const int number = deployment->record.number;
  if (promoted(*deployment)) return turn.accept(fmt::format("{} is promoted already", version), std::nullopt);
  if (gating(turn.state()))
    return turn.refuse(
        fmt::format("{} has not begun: it is at \"{}\"", version, name(deployment->stage().kind)));
  const bool holding = deployment->stage().kind == Kind::hold && !deployment->go_on;
  auto& stages = deployment->stages;
  const auto next = stages.begin() + static_cast<std::ptrdiff_t>(deployment->cursor) + 1;
  const auto kept = std::remove_if(next, stages.end(), is_waiting);
  const bool skips = holding || kept != stages.end() || deployment->paused;
  stages.erase(kept, stages.end());
  turn.accept(fmt::format("{} goes to all users", version), number);
  if (!skips) return;
  if (deployment->paused) end_pause(turn, *deployment);
  deployment->go_on = holding;
  turn.note("{}: all users, without the steps that were left",
            by_whom("promotion asked for", event.by, event.reason));
  turn.record(deployment->record);
}

void take(Turn& turn, const PauseRequested& event) {
  Deployment* deployment = steerable(turn);
  if (deployment == nullptr) return;
  const std::string& version = deployment->record.release.version;
  const int number = deployment->record.number;
  const Kind stage = deployment->stage().kind;
  if (stage == Kind::drain || stage == Kind::retire)
    return turn.refuse(
        fmt::format("{} is promoted and its bake is over: nothing is left to be paused", version));
  if (deployment->paused) return turn.accept(fmt::format("{} is paused already", version), number);
  deployment->paused = Paused{turn.now, event.by, event.reason};
  turn.note("{}", by_whom("paused", event.by, event.reason));
  turn.record(deployment->record);
  turn.accept(fmt::format("{} is paused: nobody is moved forward until: slipway resume {}", version,
                          turn.state().target.text()),
              number);
}

void take(Turn& turn, const ResumeRequested& event) {
  Deployment* deployment = steerable(turn);
  if (deployment == nullptr) return;
  const std::string& version = deployment->record.release.version;
  const int number = deployment->record.number;
  if (!deployment->paused) return turn.accept(fmt::format("{} isn't paused", version), number);
  const bool undecided = deployment->paused->by.empty();
  if (undecided) deployment->go_on = true;
  end_pause(turn, *deployment);
  turn.note("{}{}", by_whom("resumed", event.by, event.reason),
            undecided ? ": the next step, though undecided" : "");
  turn.record(deployment->record);
  turn.accept(fmt::format("{} goes on", version), number);
}

}  // namespace slipway::core
