#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/openness.h"
#include "core/state.h"
#include "judge/judge.h"

// The decision: what a target becomes when something happens, and what is then to be done.
namespace slipway::core {

// The answer to a command. Accepted, it names the deployment; refused, it says why and what to do.
struct Reply {
  bool accepted = true;
  std::string message;
  std::optional<int> deployment;
  bool operator==(const Reply&) const = default;
};

// What a person reads in the timeline.
struct Note {
  std::string text;
  std::optional<int> deployment{};  // nothing: the one under way, or the one that ends
  bool operator==(const Note&) const = default;
};

struct Step {
  TargetState state;
  std::vector<Effect> effects;  // unordered among themselves; to be journalled before they are done
  std::vector<Note> notes;
  std::vector<DeploymentRecord> records;  // begun, changed or ended by this event
  Reply reply;
};

// Never fails: a failure is an event, a refusal a decision. `now` is never before `state.now`.
Step step(TargetState state, const Event& event, Time now);

// When TimePassed is due, if anything waits for time alone.
std::optional<Time> next_wakeup(const TargetState& state);

// What a state implies by itself, and so is neither an effect nor journalled.
struct Duties {
  struct Probe {
    InstanceName instance;
    int port = 0;
    HealthCheck health;
    bool operator==(const Probe&) const = default;
  };
  std::vector<Probe> probes;
  std::optional<Duration> lease;  // to be renewed at a third of it, while set
  struct Judging {
    int deployment = 0;
    Pool canary = Pool::a;  // whom to judge, and beside whom: the other pool
    judge::Question question;
    std::optional<Time> ends;  // when the judge's word on what is under way will be asked for
    bool operator==(const Judging&) const = default;
  };
  std::optional<Judging> judging;
  struct Alarm {
    int deployment = 0;
    std::vector<Alert> alerts;
    Time since{};  // it was armed
    bool operator==(const Alarm&) const = default;
  };
  std::optional<Alarm> alarm;
  bool operator==(const Duties&) const = default;
};
Duties duties(const TargetState& state);

// What would be asked of `request` before it touches anything, were it made at `now`: what is known of its
// checklist, the people that it needs …
Gating gates_of(const TargetState& state, const Request& request, Time now);
// … and what the calendar, freezes and emergency windows say to something that takes so long.
calendar::Openness openness(const TargetState& state, const Gating& gating, Time now, Duration expected);
// The longest that going back is to take, whatever the stage: an earlier release's start, or a lease that
// runs out.
Duration longest_way_back(const Bound& bound);

// "still bakes there until Thu 26 Nov 14:00 UTC (deployment 7)"; "did not stay there (deployment 7: …)".
std::string describe(const Unproven& unproven);

// What must hold of every state; the sentence that is broken, or nothing. step() CHECKs it.
std::optional<std::string> broken_invariant(const TargetState& state);

}  // namespace slipway::core
