#include "sim/landmarks.h"

#include "sim/hash.h"

namespace slipway::sim {
namespace {

using judge::Cause;

// By time alone, as the strategy says.
bool went_on_undecided(const core::TargetState& before, const core::TargetState& after) {
  const core::Deployment& was = *before.deployment;
  const bool passed = was.stage().kind == core::Stage::Kind::hold && !was.undoing && !was.go_on &&
                      !was.paused && !after.deployment->undoing && after.deployment->cursor > was.cursor;
  return passed && before.canary && !before.canary->bound.rollback_triggers.empty() &&
         before.canary->bound.strategy.undecided == core::Undecided::advance &&
         (!was.verdict || was.verdict->kind == judge::Verdict::Kind::undecided);
}

bool by_evidence(const core::Deployment& deployment) {
  if (!deployment.verdict || !deployment.verdict->evidence) return false;
  const Cause cause = deployment.verdict->evidence->cause;
  return cause == Cause::rising || cause == Cause::not_ruled_out;
}

void note_judging(Marks& marks, const core::Deployment& was, const core::Deployment& is,
                  const judge::Verdict& verdict) {
  const Cause cause = verdict.evidence ? verdict.evidence->cause : Cause::none;
  if (!was.undoing && is.undoing)
    marks.reach(cause == Cause::relative    ? "rolled back by relative evidence"
                : cause == Cause::fast_path ? "rolled back by the fast path"
                                            : "rolled back by a trigger");
  if (!is.undoing && is.cursor > was.cursor && was.stage().early && cause == Cause::accepted)
    marks.reach("a hold ended early");
  if (cause == Cause::no_traffic) marks.reach("held for missing traffic");
  if (cause == Cause::sample_ratio) marks.reach("held for the sample ratio");
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

void note_gates(Marks& marks, const core::TargetState* before, const runner::Transaction& transaction) {
  for (const core::Note& note : transaction.notes) {
    if (has(note.text, "looked at again")) marks.reach("what was seen was looked at again");
    if (has(note.text, "nobody is moved forward until")) marks.reach("held as it is closed");
    if (has(note.text, "closed while it was under way")) marks.reach("taken back as it closed");
    if (has(note.text, "couldn't be told that")) marks.reach("a letter couldn't be told at first");
    if (has(note.text, "can't be told that")) marks.reach("a letter was given up");
  }
  for (const core::DeploymentRecord& record : transaction.records) {
    if (!record.ended) continue;
    if (has(record.cause, "the checklist isn't met")) marks.reach("a checklist wasn't met");
    if (has(record.cause, "needed approved within")) marks.reach("approvals came too late");
    if (has(record.cause, "declined by")) marks.reach("declined");
    if (has(record.cause, "closed before it could begin")) marks.reach("closed before it could begin");
    if (has(record.cause, "before it began") && record.outcome == core::OutcomeKind::superseded)
      marks.reach("superseded at a gate");
  }
  const bool gating = before != nullptr && before->deployment && before->deployment->gating.request;
  if (gating && std::holds_alternative<core::HostRebooted>(transaction.event))
    marks.reach("rebooted at a gate");
  if (transaction.reply.accepted) return;
  if (gating && std::holds_alternative<core::ApprovalGiven>(transaction.event))
    marks.reach("an approval was refused");
  if (!std::holds_alternative<core::DeployRequested>(transaction.event)) return;
  if (has(transaction.reply.message, " is closed: ")) marks.reach("refused, since it is closed");
  if (has(transaction.reply.message, "takes only what")) marks.reach("refused, since staging hasn't had it");
}

}  // namespace

void note_landmarks(Marks& marks, const core::TargetState* before, const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  if (before != nullptr) marks.meet(outline_of(*before), transaction.event.index());
  const auto* was = before != nullptr && before->deployment ? &*before->deployment : nullptr;
  const auto* is = state.deployment ? &*state.deployment : nullptr;
  const bool same = was != nullptr && is != nullptr && was->record.number == is->record.number;
  if (same && !was->stuck && is->stuck) {
    marks.reach("stuck");
    if (has(is->stuck->reason, "the proxy has no instance up"))
      marks.reach("a release stayed for want of another that is up");
  }
  for (const core::DeploymentRecord& record : transaction.records)
    if (record.ended && has(record.cause, "the proxy counts"))
      marks.reach("a release was down to the proxy alone");
  if (same && was->stuck && !is->stuck) marks.reach("no longer stuck");
  if (same && !was->paused && is->paused && is->paused->by.empty()) marks.reach("paused by itself");
  const auto* verdict = std::get_if<core::VerdictChanged>(&transaction.event);
  if (verdict != nullptr && verdict->verdict.kind == judge::Verdict::Kind::held) marks.reach("held");
  if (verdict != nullptr && same) note_judging(marks, *was, *is, verdict->verdict);
  if (same && std::holds_alternative<core::TimePassed>(transaction.event)) {
    const bool went_on = went_on_undecided(*before, state);
    if (went_on) marks.reach("undecided, and went on");
    if ((went_on || (!was->paused && is->paused)) && by_evidence(*was))
      marks.reach("undecided by its evidence at the deadline");
  }
  if (was != nullptr && std::holds_alternative<core::HostRebooted>(transaction.event))
    marks.reach("rebooted during a deployment");
  if (before != nullptr && before->queued && !state.queued && is != nullptr &&
      is->record.number == before->queued_number)
    marks.reach("a queued deployment began");
  if (const auto* back = std::get_if<core::RollbackRequested>(&transaction.event)) {
    if (same && !was->undoing && is->undoing && is->record.promoted) marks.reach("went back by one switch");
    if (same && is->force && !was->force && back->force) marks.reach("rolled back by force");
    if (!same || (was->undoing == is->undoing)) {
      if (transaction.reply.message.find("already") != std::string::npos ||
          transaction.reply.message.find("brought back") != std::string::npos)
        marks.reach("the double click was answered");
    }
  }
  if (const auto* deploy = std::get_if<core::DeployRequested>(&transaction.event);
      deploy != nullptr && deploy->end_bake && same && was->record.promoted && state.queued &&
      !before->queued)
    marks.reach("a bake was cut short");
  if (same && !was->undoing && is->undoing) {
    const std::string& cause = is->record.cause;
    const auto says = [&](std::string_view text) { return cause.find(text) != std::string::npos; };
    if (says("address is taken")) marks.reach("a new address was taken");
    if (says("keeps ending")) marks.reach("a crash loop ended a deployment");
    if (says("were healthy within")) marks.reach("not healthy within grace");
    if (says("no progress")) marks.reach("no progress in time");
    if (says("smoke test"))
      marks.reach(is->record.promoted ? "smoke tests failed after promotion" : "smoke tests failed");
  }
  note_gates(marks, before, transaction);
  for (const core::DeploymentRecord& record : transaction.records) {
    if (!record.ended) continue;
    if (record.outcome == core::OutcomeKind::superseded) marks.reach("superseded");
    if (record.outcome == core::OutcomeKind::rolled_back && record.promoted)
      marks.reach("rolled back in bake");
  }
}

}  // namespace slipway::sim
