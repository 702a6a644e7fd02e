#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/state.h"
#include "drivers/telemetry/telemetry.h"
#include "judge/experience.h"
#include "server/api/users.h"

namespace slipway::server {

// The fleets of a target that are there.
std::vector<const core::Fleet*> fleets_of(const core::TargetState& state);

// What users experienced lately of each fleet at each target. A pool is used by one fleet after another: what
// is recorded of it belongs to the one that had it when it was last looked who has which.
class Experiences {
 public:
  using Targets = std::map<core::Target, core::TargetState>;
  using Batch = drivers::telemetry::Telemetry::Batch;

  // Who has which pool from now on: records that are added belong to them. To be told after what was recorded
  // so far was added.
  void assign(const core::TargetState& state);
  // Whether assign() would change something.
  bool assigns(const core::TargetState& state) const;
  // The deployment whose fleet has the pool; 0: none.
  int owner(const core::Target& target, core::Pool pool) const;

  // Of requests that ended in the second, which is when they came here: those that hang are asked long before
  // anybody knows of them, and would be looked for where nobody looks any more; nor is the proxy's clock
  // ours. Records of backends that belong to nobody are dropped.
  void add(const Batch& batch, Time second);
  // How healthy the instances are now.
  void observe(const Targets& targets, Time now);
  // Keeps what triggers and views may still ask for.
  void forget(const Targets& targets, Time now);

  // Empty for a fleet that nothing is known of.
  const judge::Experience& of(const core::Target& target, int deployment) const;
  // Of the minute before `now`, whole seconds.
  Arm arm(const core::Target& target, int deployment, Time now) const;
  // Requests a second, over the ten seconds before `now`, or as many as it is known for.
  double rate(const core::Target& target, int deployment, Time now) const;

 private:
  struct Known {
    Time since{};  // the whole second that it is known from
    judge::Experience experience;
  };
  const Known* find(const core::Target& target, int deployment) const;
  Known& known(const core::Target& target, int deployment, Time now);
  std::map<core::Target, std::map<int, Known>> known_;
  std::map<core::Target, std::map<core::Pool, int>> owners_;
};

// For how long a target's past is kept: a minute to be shown, and as long as its triggers look back.
Duration memory_of(const core::TargetState& state);

}  // namespace slipway::server
