#include <algorithm>
#include <functional>
#include <utility>

#include "sim/meddling.h"

// What could be got wrong before a deployment begins, and of who is told what.
namespace slipway::sim {
namespace {

using core::TargetState;
using Kind = core::Stage::Kind;

// The core believes something else of the state, or of what happened.
Interference believing(std::function<void(TargetState&, core::Event&)> before) {
  Interference interference;
  interference.step = [before = std::move(before)](TargetState state, const core::Event& event, Time now) {
    core::Event other = event;
    before(state, other);
    return core::step(std::move(state), other, now);
  };
  return interference;
}

Interference starts_while_it_is_closed() {
  return believing([](TargetState& state, core::Event& event) {
    if (auto* asked = std::get_if<core::DeployRequested>(&event)) asked->request.calendar = {};
    if (state.deployment) state.deployment->gating.calendar = {};
  });
}

Interference forgets_freezes() {
  return believing([](TargetState& state, core::Event&) { state.freezes.clear(); });
}

Interference looks_only_at_the_moment() {
  return believing([](TargetState&, core::Event& event) {
    if (auto* asked = std::get_if<core::DeployRequested>(&event))
      for (calendar::Slot& slot : asked->request.calendar.open) slot.to += Duration(3'600'000);
  });
}

Interference goes_on_when_it_closes() {
  return believing([](TargetState& state, core::Event&) {
    if (state.canary) state.canary->bound.gates.at_close = core::AtClose::finish;
  });
}

Interference takes_what_staging_never_had() {
  return believing([](TargetState&, core::Event& event) {
    if (auto* asked = std::get_if<core::DeployRequested>(&event)) asked->request.bound.gates.after.clear();
  });
}

Interference lets_the_author_approve() {
  return believing([](TargetState& state, core::Event& event) {
    auto* given = std::get_if<core::ApprovalGiven>(&event);
    if (given != nullptr && state.deployment && state.deployment->record.by == given->by)
      given->by = "somebody else";
  });
}

Interference counts_an_approval_twice() {
  return believing([](TargetState& state, core::Event& event) {
    auto* given = std::get_if<core::ApprovalGiven>(&event);
    if (given == nullptr || !state.deployment) return;
    for (const core::Approval& one : state.deployment->gating.approvals)
      if (one.by == given->by) given->by += " again";
  });
}

Interference needs_no_approvals() {
  return believing([](TargetState& state, core::Event&) {
    if (state.deployment) state.deployment->gating.needed.needed = 0;
  });
}

Interference takes_any_look_for_good_news() {
  return believing([](TargetState&, core::Event& event) {
    auto* ended = std::get_if<core::EffectEnded>(&event);
    if (ended == nullptr || !ended->outcome.evidence) return;
    ended->outcome.evidence->passed = true;
  });
}

Interference takes_no_look_for_good_news() {
  return believing([](TargetState& state, core::Event& event) {
    auto* ended = std::get_if<core::EffectEnded>(&event);
    if (ended == nullptr || ended->outcome.status != core::Outcome::Status::unavailable || !state.deployment)
      return;
    for (const core::Checking& checking : state.deployment->gating.checks)
      if (checking.open == ended->id) {
        ended->outcome.status = core::Outcome::Status::done;
        ended->outcome.evidence = core::Evidence{.passed = true};
      }
  });
}

Interference believes_old_evidence() {
  return believing([](TargetState& state, core::Event&) {
    if (!state.deployment || state.deployment->stage().kind == Kind::checklist) return;
    for (core::Checking& checking : state.deployment->gating.checks) checking.check.fresh_for.reset();
  });
}

Interference believes_evidence_of_another_artifact() {
  return believing([](TargetState& state, core::Event& event) {
    if (const auto* asked = std::get_if<core::DeployRequested>(&event))
      for (core::Evidence& evidence : state.evidence) evidence.artifact = asked->request.release.digest;
  });
}

Interference loses_a_letter() {
  return believing([](TargetState& state, core::Event& event) {
    if (std::holds_alternative<core::InstanceObserved>(event) && !state.outbox.empty())
      state.outbox.pop_back();
  });
}

Interference names_letters_anew() {
  return believing([](TargetState& state, core::Event&) {
    for (core::Letter& letter : state.outbox)
      if (!letter.open) letter.id.clear();
  });
}

Interference sends_the_last_letter_first() {
  return believing([](TargetState& state, core::Event&) { std::ranges::reverse(state.outbox); });
}

Interference forgets_at_a_reboot_that_nobody_answers() {
  Interference interference;
  interference.step = [](TargetState state, const core::Event& event, Time now) {
    const std::vector<core::Letter> before = state.outbox;
    core::Step step = core::step(std::move(state), event, now);
    if (!std::holds_alternative<core::HostRebooted>(event)) return step;
    for (std::size_t i = 0; i < before.size(); ++i) step.state.outbox[i].open = before[i].open;
    return step;
  };
  return interference;
}

Interference waits_for_letters() {
  Interference interference;
  interference.step = [](TargetState state, const core::Event& event, Time now) {
    const bool waits =
        std::ranges::any_of(state.outbox, [](const core::Letter& letter) { return letter.failures > 0; });
    if (waits && state.deployment && !state.deployment->gating.request) state.deployment->entered = now;
    return core::step(std::move(state), event, now);
  };
  return interference;
}

}  // namespace

std::vector<Bug> mistakes_at_gates() {
  return {
      {"starts while it is closed", {"closed"}, starts_while_it_is_closed},
      {"forgets freezes", {"closed"}, forgets_freezes},
      {"looks only at the moment", {"closed"}, looks_only_at_the_moment},
      {"goes on when it closes", {"closed"}, goes_on_when_it_closes},
      {"takes what staging never had", {"staged"}, takes_what_staging_never_had},
      {"lets the author approve", {"approved"}, lets_the_author_approve},
      {"counts an approval twice", {"approved"}, counts_an_approval_twice},
      {"needs no approvals", {"approved"}, needs_no_approvals},
      {"takes any look for good news", {"checked"}, takes_any_look_for_good_news},
      {"takes no look for good news", {"checked"}, takes_no_look_for_good_news},
      {"believes old evidence", {"checked"}, believes_old_evidence},
      {"believes evidence of another artifact", {"checked"}, believes_evidence_of_another_artifact},
      {"loses a letter", {"told"}, loses_a_letter},
      {"names letters anew", {"told"}, names_letters_anew},
      {"sends the last letter first", {"told"}, sends_the_last_letter_first},
      {"forgets at a reboot that nobody answers", {"told"}, forgets_at_a_reboot_that_nobody_answers},
      {"waits for letters", {"unhurried"}, waits_for_letters},
  };
}

}  // namespace slipway::sim
