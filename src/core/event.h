#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/effect.h"
#include "judge/verdict.h"

// What happened: commands of people, outcomes of effects, what was observed, and time.
namespace slipway::core {

// That a release succeeded in another environment: promoted and baked there.
struct Proof {
  std::string environment;
  std::string digest;
  int deployment = 0;
  Time at{};
  bool operator==(const Proof&) const = default;
};

// That an artifact was in another environment, and yet hasn't succeeded there.
struct Unproven {
  enum class Why { bakes, cut_short, taken_back };
  std::string environment;
  Why why = Why::taken_back;
  int deployment = 0;         // the one that bakes or baked, or that took users back from it
  std::optional<Time> until;  // of a bake, where that is known
  std::string cause;          // of its end, as the history has it
  bool operator==(const Unproven&) const = default;
};

// A release to bring to the target; `bound` is its own configuration, so going back brings that back too.
struct Request {
  enum class Kind { deploy, rollback };
  Kind kind = Kind::deploy;
  Release release;
  Bound bound;
  std::string by;
  std::string reason;
  Source source;
  std::vector<Proof> proofs;       // of `after`'s environments, as far as there are any
  std::vector<Unproven> unproven;  // of the others, as far as the artifact was there
  calendar::Slots calendar;        // what the configuration's calendar comes to, for this release
  std::optional<calendar::ReleaseClass> release_class;  // nothing: the first release, or nothing is scheduled
  bool wait = false;                                    // where it isn't open now, for when it is …
  std::optional<Time> not_before;                       // … or for this time, and then for when it is
  std::map<std::string, std::string> overrides;         // check → reason
  bool operator==(const Request&) const = default;
};

struct DeployRequested {
  Request request;
  bool end_bake = false;
  bool operator==(const DeployRequested&) const = default;
};

// Back to the previous release: by one switch while it is warm, else by deploying `earlier`.
struct RollbackRequested {
  std::string by;
  std::string reason;
  std::optional<int> revision;     // nothing: the one before
  std::optional<Request> earlier;  // that release, if one is known
  bool force = false;              // even onto too few healthy instances
  bool operator==(const RollbackRequested&) const = default;
};

struct AbortRequested {
  std::string by;
  std::string reason;
  bool operator==(const AbortRequested&) const = default;
};

// All users at once, without the steps that are left.
struct PromoteRequested {
  std::string by;
  std::string reason;
  bool operator==(const PromoteRequested&) const = default;
};

// Nobody is moved forward until it is resumed. Holds stand still; what ends a canary still does.
struct PauseRequested {
  std::string by;
  std::string reason;
  bool operator==(const PauseRequested&) const = default;
};

struct ResumeRequested {
  std::string by;
  std::string reason;
  bool operator==(const ResumeRequested&) const = default;
};

// The calendar of what is under way, resolved anew: zone data changed, or what is known of it comes to its
// end. What was decided stays decided.
struct CalendarResolved {
  int deployment = 0;
  calendar::Slots calendar;
  bool operator==(const CalendarResolved&) const = default;
};

// Nothing starts, and what is under way does as it does when its window closes, from `from` to `to`.
struct FreezeRequested {
  std::string by;
  std::string reason;
  Time from{};
  Time to{};
  bool operator==(const FreezeRequested&) const = default;
};

struct FreezeLifted {
  std::string by;
  std::string reason;
  int number = 0;
  bool operator==(const FreezeLifted&) const = default;
};

// Opens an emergency window until `until`, once as many people as `rule` needs have said so.
struct EmergencyRequested {
  std::string by;
  std::string reason;
  Time until{};
  EmergencyRule rule;
  bool operator==(const EmergencyRequested&) const = default;
};

struct ApprovalGiven {
  std::string by;
  std::string reason;
  bool operator==(const ApprovalGiven&) const = default;
};

// One no ends it.
struct ApprovalDeclined {
  std::string by;
  std::string reason;
  bool operator==(const ApprovalDeclined&) const = default;
};

// A person says that a check is met, for the artifact with this digest.
struct Attested {
  std::string by;
  std::string check;
  std::string note;
  std::string artifact;  // empty: of what is under way
  bool operator==(const Attested&) const = default;
};

// A person with the right to do so sets a check of what is under way aside.
struct CheckOverridden {
  std::string by;
  std::string check;
  std::string reason;
  bool operator==(const CheckOverridden&) const = default;
};

// An alert begins or ceases to fire. Of the deployment that it is armed with.
struct AlertChanged {
  int deployment = 0;
  std::string alert;
  bool firing = false;
  double value = 0;  // what it was compared with `above`
  bool operator==(const AlertChanged&) const = default;
};

// A release was promoted and baked in an environment whose `then` names this one.
struct ReleaseOffered {
  Release release;
  std::string from;  // environment
  bool operator==(const ReleaseOffered&) const = default;
};

// An artifact that has succeeded in another environment was taken back from it.
struct ProofWithdrawn {
  std::string digest;
  Unproven unproven;
  bool operator==(const ProofWithdrawn&) const = default;
};

// The judge says another word than before. Of the deployment that it was asked about; of another, it means
// nothing.
struct VerdictChanged {
  int deployment = 0;
  judge::Verdict verdict;
  bool operator==(const VerdictChanged&) const = default;
};

struct EffectEnded {
  EffectId id;
  Outcome outcome;
  bool operator==(const EffectEnded&) const = default;
};

enum class Health { starting, healthy, unhealthy, gone };  // gone: no process, and nothing that restarts it

// Sent when an instance's health changes, or it was restarted; not at every probe.
struct InstanceObserved {
  InstanceName instance;
  Health health = Health::starting;
  std::string detail;    // "status 503", "exited with status 1: cannot bind"
  int restarts = 0;      // by its shim, since it was started
  bool says_no = false;  // it answers as the proxy expects, and says in its answer that it isn't well
  bool operator==(const InstanceObserved&) const = default;
};

// The time that the state asked to be woken at has come.
struct TimePassed {
  bool operator==(const TimePassed&) const = default;
};

// Every process of ours is gone. The first event after a boot.
struct HostRebooted {
  std::string boot_id;
  bool operator==(const HostRebooted&) const = default;
};

// The lease ran out, `away` after it was renewed last: users are on stable by themselves, until it is
// renewed.
struct LeaseLapsed {
  Duration away{};
  bool operator==(const LeaseLapsed&) const = default;
};

// The lease is renewed again after it ran out, or for the first time by this daemon.
struct LeaseRenewed {
  bool operator==(const LeaseRenewed&) const = default;
};

// The daemon is back after so long, in which nobody looked. The first event after its start, but for
// HostRebooted.
struct WasAway {
  Duration away{};
  bool operator==(const WasAway&) const = default;
};

// The wall clock moved against the monotonic one. Time given to the core never decreases all the same.
struct ClockJumped {
  Duration by{};
  bool operator==(const ClockJumped&) const = default;
};

// Of the target's addresses all those at which nobody can be served now: the host doesn't have the address,
// or another program listens there. Sent when that changes.
struct ListenersChanged {
  std::vector<std::string> missing;
  bool operator==(const ListenersChanged&) const = default;
};

// What the proxy's own checks say of its servers. Sent when that changes, of those of which it does; of a
// server that hasn't been checked yet nothing is said.
struct ServersObserved {
  struct Word {
    InstanceName instance;
    bool up = false;
    std::string detail;  // "status 400": why it is down
    bool operator==(const Word&) const = default;
  };
  std::vector<Word> words;
  bool operator==(const ServersObserved&) const = default;
};

using Event =
    std::variant<DeployRequested, RollbackRequested, AbortRequested, PromoteRequested, PauseRequested,
                 ResumeRequested, EffectEnded, InstanceObserved, VerdictChanged, TimePassed, HostRebooted,
                 LeaseLapsed, LeaseRenewed, WasAway, ClockJumped, CalendarResolved, FreezeRequested,
                 FreezeLifted, EmergencyRequested, ApprovalGiven, ApprovalDeclined, Attested, CheckOverridden,
                 AlertChanged, ReleaseOffered, ProofWithdrawn, ListenersChanged, ServersObserved>;

std::string_view kind(const Event& event);  // "deploy requested", …

}  // namespace slipway::core
