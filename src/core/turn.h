#pragma once

#include <set>
#include <string>
#include <utility>

#include "core/step.h"

// Inside the core: one step under way.
namespace slipway::core {

// The state being changed, and what the change asks to be done and said. Lives for one step().
class Turn {
 public:
  Turn(TargetState state, Time time) : now(time) { step_.state = std::move(state); }

  TargetState& state() { return step_.state; }
  const TargetState& state() const { return step_.state; }

  EffectId next_id() const {
    return {state().target, state().events, static_cast<int>(step_.effects.size())};
  }
  EffectId emit(EffectBody body) {
    EffectId id = next_id();
    step_.effects.push_back({id, std::move(body)});
    return id;
  }

  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    step_.notes.push_back({fmt::format(format, std::forward<Args>(args)...)});
  }
  // Of what may have ended long ago.
  template <class... Args>
  void note_of(int deployment, fmt::format_string<Args...> format, Args&&... args) {
    step_.notes.push_back({fmt::format(format, std::forward<Args>(args)...), deployment});
  }

  void record(DeploymentRecord record) { step_.records.push_back(std::move(record)); }
  void accept(std::string message, std::optional<int> deployment) {
    step_.reply = {true, std::move(message), deployment};
  }
  void refuse(std::string message) { step_.reply = {false, std::move(message), std::nullopt}; }

  Step finish() && { return std::move(step_); }

  const Time now;

 private:
  Step step_;
};

// Before the next try, after `failures` in a row: `first`, doubling, at most `longest`.
Duration backoff(int failures, Duration first, Duration longest);
// The same from 0.2 s to 30 s.
Duration backoff(int failures);

// commands.cc: what people ask for.
void take(Turn& turn, const DeployRequested& event);
void take(Turn& turn, const RollbackRequested& event);
void take(Turn& turn, const AbortRequested& event);

// steering.cc: what people do to what is under way.
void take(Turn& turn, const PromoteRequested& event);
void take(Turn& turn, const PauseRequested& event);
void take(Turn& turn, const ResumeRequested& event);

// verdicts.cc: the judge's word.
void take(Turn& turn, const VerdictChanged& event);
bool being_judged(const TargetState& state);
bool is_judged(const TargetState& state);  // judging.cc: by what it is, at whatever stage
std::optional<Duties::Judging> judging(const TargetState& state);
bool hold_is_over(Turn& turn);
bool settle_undecided(Turn& turn);  // at twice the hold; true: something changed
std::optional<Time> hold_wakeup(const TargetState& state);
bool bake_is_over(const TargetState& state);
std::optional<Time> bake_wakeup(const TargetState& state);

// failing.cc: what ends a deployment before promotion.
std::optional<std::string> failure(const TargetState& state, Time now);
OutcomeKind outcome_of_failure(const TargetState& state);
// Until when a release that users haven't met may be down to the proxy.
std::optional<Time> proxy_grace(const TargetState& state);
std::optional<Time> progress_deadline(const TargetState& state);  // pauses apart

// deployment.cc: beginning, undoing, ending.
void begin(Turn& turn, const Request& request, int number);
void undo(Turn& turn, OutcomeKind outcome, std::string cause);
void launch(Turn& turn);  // the gates are passed: its release gets a fleet
void end(Turn& turn);
bool promoted(const Deployment& deployment);
const Fleet* fleet_of(const TargetState& state);  // of the deployment under way; null while it is at a gate
bool previous_is_warm(const TargetState& state);  // one switch leads back to it
bool holds_users(
    const TargetState& state);  // some user may be on the canary, or all on a release just promoted
void drop_queued(Turn& turn, OutcomeKind outcome, std::string cause);

// stages.cc: one stage after the other.
bool advance(Turn& turn);  // one change at most; false: nothing more to be done now
void stage_ended(Turn& turn, const Outcome& outcome);
std::optional<Time> stage_wakeup(const TargetState& state);
void settle_stuck(Turn& turn);

// gates.cc: what is asked before anything is touched.
bool gating(const TargetState& state);  // the deployment under way has touched nothing yet: it has no fleet
std::vector<Stage> gate_stages(const TargetState& state, const Gating& gating, Time now);
void arrive_at_gate(Turn& turn);  // when its stage begins
bool is_approved(Turn& turn);
std::optional<Time> gate_wakeup(const TargetState& state);
void take(Turn& turn, const ApprovalGiven& event);
void take(Turn& turn, const ApprovalDeclined& event);

// checklist.cc
bool checklist_is_met(Turn& turn);
bool check_ended(Turn& turn, const EffectId& id, const Outcome& outcome);  // false: not a check's effect
bool drop_stale_checks(Turn& turn);  // true: some are to be looked at again
std::vector<Checking> checks_of(const TargetState& state, const Request& request, Time now);
void take(Turn& turn, const Attested& event);
void take(Turn& turn, const CheckOverridden& event);

// opening.cc: whether the calendar allows it.
std::optional<std::string> refusal(const TargetState& state, const Request& request, Time now);
bool window_is_open(Turn& turn);
bool held_by_calendar(Turn& turn);  // nobody is moved forward in a closed moment, where that is so configured
bool ended_by_calendar(Turn& turn);  // true: it goes back
std::optional<Time> calendar_wakeup(const TargetState& state);
void forget_what_is_over(Turn& turn);  // freezes and emergency windows
void take(Turn& turn, const CalendarResolved& event);
void take(Turn& turn, const FreezeRequested& event);
void take(Turn& turn, const FreezeLifted& event);
void take(Turn& turn, const EmergencyRequested& event);

// telling.cc: who is told, and the outbox.
void tell(Turn& turn, NoticeKind kind, std::string cause);
void tell_the_end(Turn& turn);              // once
void alert(Turn& turn, std::string cause);  // also where nothing is under way: of the release that users have
void settle_outbox(Turn& turn);
bool letter_ended(Turn& turn, const EffectId& id, const Outcome& outcome);  // false: not a letter's effect
std::optional<Time> outbox_wakeup(const TargetState& state);
std::string way_back(const TargetState& state, const Bound& bound);  // in words

// servers.cc: what the proxy itself makes of the instances.
void take(Turn& turn, const ServersObserved& event);
std::set<int> panicking(const TargetState& state);  // the deployments whose fleets panics() is true of
void tell_of_panic(Turn& turn, const std::set<int>& before);
void servers_unchecked(Turn& turn, const std::vector<InstanceName>& unchecked);
// Nobody who serves users is taken away while the proxy has no server of the release that they belong to.
bool would_be_served_without(const TargetState& state, const Fleet& leaving);

// listeners.cc
void take(Turn& turn, const ListenersChanged& event);

// alerts.cc
bool command_ended(Turn& turn, const EffectId& id, const Outcome& outcome);  // false: not a command's effect
void forget_commands(Turn& turn);                                            // the host rebooted
void take(Turn& turn, const AlertChanged& event);
std::optional<Duties::Alarm> alarm(const TargetState& state);

// offers.cc: from one environment to the next.
void offer_on(Turn& turn, const Release& release, const Bound& bound);
void settle_handovers(Turn& turn);
bool handover_ended(Turn& turn, const EffectId& id,
                    const Outcome& outcome);  // false: not a handover's effect
std::optional<Time> handover_wakeup(const TargetState& state);
void take(Turn& turn, const ReleaseOffered& event);

// proofs.cc: what `after` asks for.
std::optional<std::string> not_proven(const TargetState& state, const Request& request);
void take(Turn& turn, const ProofWithdrawn& event);

// instances.cc: instances brought to what their fleets should be.
void settle_instances(Turn& turn);
bool instance_ended(Turn& turn, const EffectId& id,
                    const Outcome& outcome);  // false: not an instance's effect
void take(Turn& turn, const InstanceObserved& event);

// routing.cc: the proxy brought to what it should be.
Routing routing(const TargetState& state, std::optional<Pool> stable, int weight);
void refresh_servers(Turn& turn);  // after ports changed
void settle_traffic(Turn& turn);
void traffic_ended(Turn& turn, const Outcome& outcome);

// reboot.cc
void take(Turn& turn, const HostRebooted& event);

}  // namespace slipway::core
