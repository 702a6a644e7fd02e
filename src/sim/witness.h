#pragma once

#include <functional>
#include <map>

#include "base/json.h"
#include "core/judging.h"
#include "judge/hearing.h"
#include "sim/checks.h"
#include "sim/disk.h"
#include "sim/users.h"

namespace slipway::sim {

// The daemon's witness of what users met: has it judged each second, as src/server/witness.cc does, and says
// what the state doesn't know. A new one for each life of the daemon, which knows nothing of what was before
// but where its trials had got to, some seconds ago.
class Witness {
 public:
  struct Hooks {
    std::function<Time()> clock;
    std::function<const std::map<core::Target, core::TargetState>&()> targets;
    std::function<void(const core::Target&, core::VerdictChanged)> deliver;
    std::function<bool()> suspended;
    // What a test puts in between: empty where nothing is.
    std::function<void(judge::Hearing::Sight&)> sight;
    std::function<Json(const core::TargetState&, Json)> kept;
  };
  Witness(World& world, Checks& checks, Disk& disk, Hooks hooks)
      : world_(world),
        checks_(checks),
        disk_(disk),
        hooks_(std::move(hooks)),
        users_(world, checks),
        started_(hooks_.clock()),
        every_(world.scene.draw("asks").chance(1, 4) ? 1 : 3) {}

  // Of the second that is over: what users met, and then what the judge says.
  void second();

 private:
  void hear(int place, const core::TargetState& state, Time second);
  judge::Hearing& hearing(int place, const core::TargetState& state, const judge::Trial::Plan& plan);
  void keep_trials();
  bool asks(const judge::Trial& trial, judge::Trial::Moment moment) const;
  void judge(const core::TargetState& state, Time now);

  World& world_;
  Checks& checks_;
  Disk& disk_;
  Hooks hooks_;
  Users users_;
  Time started_;
  int every_;  // so many seconds the judge is asked: to say it in numbers is most of its work
  int seconds_ = 0;
  std::map<int, judge::Hearing> hearings_;  // by place
};

}  // namespace slipway::sim
