#include "core/gates.h"

#include <algorithm>

#include "base/check.h"
#include "core/turn.h"

namespace slipway::core {
namespace {

using Kind = Stage::Kind;

// The deployment whose approval is asked for, or nothing, once that was said.
Deployment* awaiting_approval(Turn& turn) {
  TargetState& state = turn.state();
  if (!gating(state)) {
    turn.refuse(fmt::format("nothing waits for an approval at {}", state.target.text()));
    return nullptr;
  }
  if (state.deployment->gating.needed.needed == 0) {
    turn.refuse(fmt::format("deployment {} of {} needs no approval", state.deployment->record.number,
                            state.deployment->record.release.version));
    return nullptr;
  }
  return &*state.deployment;
}

int missing(const Gating& gating) {
  return gating.needed.needed - static_cast<int>(gating.approvals.size());
}

}  // namespace

bool gating(const TargetState& state) {
  return state.deployment && state.deployment->gating.request;
}

Gating gates_of(const TargetState& state, const Request& request, Time now) {
  const Gates& gates = request.bound.gates;
  Gating gating{.request = request,
                .source = request.source,
                .calendar = request.calendar,
                .release_class = request.release_class,
                .not_before = request.not_before,
                .needed = gates.approvals,
                .proofs = request.proofs,
                .wait = request.wait || request.not_before};
  if (request.release_class)
    if (const auto& turn = gates.schedule.of(*request.release_class))
      gating.needed.needed = std::max(gating.needed.needed, turn->approvals);
  // On the way back nothing may stand in the way.
  if (request.kind == Request::Kind::rollback) {
    gating.calendar = {};
    gating.needed.needed = 0;
    gating.wait = false;
    gating.not_before.reset();
  } else {
    gating.checks = checks_of(state, request, now);
  }
  return gating;
}

std::vector<Stage> gate_stages(const TargetState& state, const Gating& gating, Time now) {
  std::vector<Stage> stages;
  if (gating.request->kind == Request::Kind::rollback) return stages;
  if (!gating.checks.empty()) stages.push_back({Kind::checklist});
  if (gating.needed.needed > 0) stages.push_back({Kind::approval, 0, gating.needed.expires});
  const Request& request = *gating.request;
  const Duration needed = expected(plan(request.bound, request.kind, state.stable.has_value()));
  if (!stages.empty() || gating.not_before || gating.calendar.restricted || !gating.calendar.closed.empty() ||
      !openness(state, gating, now, needed).fits)
    stages.push_back({Kind::window});
  return stages;
}

void arrive_at_gate(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  if (deployment.stage().kind == Kind::approval && missing(deployment.gating) > 0) {
    const std::string what = fmt::format(
        "{} needs the approval of {} other than {}: slipway approve {}", deployment.record.release.version,
        deployment.gating.needed.needed == 1 ? "somebody"
                                             : fmt::format("{} people", deployment.gating.needed.needed),
        deployment.record.by, turn.state().target.text());
    turn.note("{}", what);
    tell(turn, NoticeKind::approval_needed, what);
  }
}

bool is_approved(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  const Approvals& needed = deployment.gating.needed;
  if (deployment.paused) return false;  // its time stands still too
  if (missing(deployment.gating) <= 0) return true;
  if (turn.now < deployment.entered + needed.expires) return false;
  const std::string cause =
      fmt::format("{} of {} needed approved within {}", deployment.gating.approvals.size(), needed.needed,
                  format_duration(needed.expires));
  if (needed.then == Approvals::Expired::proceed) {
    turn.note("{}: it goes on all the same, as it is configured", cause);
    // Should it come by here again, it isn't asked for anew.
    deployment.gating.needed.needed = static_cast<int>(deployment.gating.approvals.size());
    return true;
  }
  undo(turn, OutcomeKind::aborted, cause);
  return false;
}

std::optional<Time> gate_wakeup(const TargetState& state) {
  const Deployment& deployment = *state.deployment;
  std::optional<Time> next;
  const auto consider = [&](std::optional<Time> time) {
    if (time && *time > state.now && (!next || *time < *next)) next = time;
  };
  if (deployment.stage().kind == Kind::approval && !deployment.paused)
    consider(deployment.entered + deployment.gating.needed.expires);
  if (deployment.stage().kind == Kind::checklist)
    for (const Checking& checking : deployment.gating.checks)
      if (!checking.open && !checking.evidence) consider(checking.retry_at);
  return next;
}

void take(Turn& turn, const ApprovalGiven& event) {
  Deployment* deployment = awaiting_approval(turn);
  if (deployment == nullptr) return;
  Gating& gating = deployment->gating;
  const DeploymentRecord& record = deployment->record;
  if (event.by == record.by)
    return turn.refuse(fmt::format("{} asked for {} and can't approve it: somebody else must", event.by,
                                   record.release.version));
  if (std::ranges::find(gating.approvals, event.by, &Approval::by) != gating.approvals.end())
    return turn.refuse(fmt::format("{} has approved {} already: {} more of other people {} needed", event.by,
                                   record.release.version, std::max(missing(gating), 0),
                                   missing(gating) == 1 ? "is" : "are"));
  gating.approvals.push_back({event.by, event.reason, turn.now});
  deployment->record.approvals = gating.approvals;
  turn.note("approved by {}{} ({} of {})", event.by, event.reason.empty() ? "" : ": " + event.reason,
            gating.approvals.size(), gating.needed.needed);
  turn.record(deployment->record);
  turn.accept(missing(gating) > 0 ? fmt::format("approved: {} more {} needed", missing(gating),
                                                missing(gating) == 1 ? "is" : "are")
                                  : fmt::format("approved: {} goes on", record.release.version),
              record.number);
}

void take(Turn& turn, const ApprovalDeclined& event) {
  Deployment* deployment = awaiting_approval(turn);
  if (deployment == nullptr) return;
  turn.accept(fmt::format("deployment {} won't begin", deployment->record.number), deployment->record.number);
  undo(turn, OutcomeKind::aborted,
       fmt::format("declined by {}{}", event.by, event.reason.empty() ? "" : ": " + event.reason));
}

}  // namespace slipway::core
