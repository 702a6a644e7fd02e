#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/effect.h"
#include "judge/verdict.h"

// What happened: commands of people, outcomes of effects, what was observed, and time.
namespace slipway::core {

// A release to bring to the target; `bound` is its own configuration, so going back brings that back too.
struct Request {
  enum class Kind { deploy, rollback };
  Kind kind = Kind::deploy;
  Release release;
  Bound bound;
  std::string by;
  std::string reason;
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
  std::string detail;  // "status 503", "exited with status 1: cannot bind"
  int restarts = 0;    // by its shim, since it was started
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

using Event = std::variant<DeployRequested, RollbackRequested, AbortRequested, PromoteRequested,
                           PauseRequested, ResumeRequested, EffectEnded, InstanceObserved, VerdictChanged,
                           TimePassed, HostRebooted, LeaseLapsed, LeaseRenewed, WasAway, ClockJumped>;

std::string_view kind(const Event& event);  // "deploy requested", …

}  // namespace slipway::core
