#pragma once

#include <functional>
#include <map>
#include <utility>

#include "core/step.h"
#include "judge/experience.h"
#include "sim/checks.h"
#include "sim/world.h"

namespace slipway::sim {

// Users who ask so many times a second, and the daemon's witness of what they met: it has that judged each
// second, and says what the state doesn't know. A new one for each life of the daemon, which knows nothing of
// what was before.
class Users {
 public:
  struct Hooks {
    std::function<Time()> clock;
    std::function<const std::map<core::Target, core::TargetState>&()> targets;
    std::function<void(const core::Target&, core::VerdictChanged)> deliver;
    std::function<bool()> suspended;
  };
  Users(World& world, Checks& checks, Hooks hooks)
      : world_(world), checks_(checks), hooks_(std::move(hooks)), started_(hooks_.clock()) {}

  // Of the second that is over: what users met, and then what the judge says.
  void second();

 private:
  void ask(int place, const core::TargetState& state, Time second);
  void meet(int place, int deployment, int requests, bool answered, Time second);
  void observe(int place, const core::TargetState& state, Time now);
  void judge(const core::TargetState& state, Time now);

  World& world_;
  Checks& checks_;
  Hooks hooks_;
  Time started_;
  std::map<std::pair<int, int>, judge::Experience> experiences_;  // by place and deployment
};

}  // namespace slipway::sim
