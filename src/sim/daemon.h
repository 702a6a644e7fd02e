#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "base/json.h"
#include "runner/runner.h"
#include "sim/clock.h"
#include "sim/disk.h"
#include "sim/hands.h"
#include "sim/keeper.h"
#include "sim/witness.h"

namespace slipway::sim {

// What a test puts between the runner and its doors, to see that the checks notice.
struct Interference {
  std::function<std::unique_ptr<runner::Driver>(runner::Driver&)> driver;
  std::function<std::unique_ptr<runner::Journal>(runner::Journal&)> journal;
  std::function<std::unique_ptr<runner::Keeper>(runner::Keeper&)> keeper;
  // What is told to the runner instead; nothing: it isn't told.
  std::function<std::optional<core::Event>(const core::Target&, core::Event)> heard;
  // What the judge sees of a second, and what is kept of a trial, instead.
  std::function<void(judge::Hearing::Sight&)> sight;
  std::function<Json(const core::TargetState&, Json)> kept;
  // What decides instead of core::step.
  std::function<core::Step(core::TargetState, const core::Event&, Time)> step;
};

// One life of the daemon after the other: the real runner, behind doors that lead into the world.
class Daemon {
 public:
  Daemon(World& world, Disk& disk, Hands& hands, Checks& checks, const Interference& interference)
      : world_(world), disk_(disk), hands_(hands), checks_(checks), interference_(interference) {}

  void start();
  // Away with what a dead one leaves. True: there was one.
  bool bury();

  bool works() const { return life_ != nullptr && world_.alive; }
  // unavailable where there is no daemon, or its journal can't be written.
  Result<core::Reply> command(const core::Target& target, const core::Event& event);
  void instance_changed(int place, const core::InstanceName& name);
  const runner::Runner* runner() const { return life_ ? &*life_->runner : nullptr; }

 private:
  struct Life {
    explicit Life(Scene& scene) : clock(scene) {}
    Clock clock;
    std::unique_ptr<Keeper> keeper;
    std::unique_ptr<runner::Keeper> other_keeper;
    std::unique_ptr<runner::Driver> other_driver;
    std::unique_ptr<runner::Journal> other_journal;
    std::optional<runner::Runner> runner;
    std::optional<Witness> witness;
    std::uint64_t wakeup = 0;  // tells the timer that is set from those that were
    std::optional<Time> wakes;
    int beats = 0, seconds = 0;
    std::set<int> hanging;  // places where checks do
  };
  void look_at_servers(int place);
  void deliver(const core::Target& target, core::Event event);
  void set_wakeup();
  void beat();
  void second();
  void every(Duration interval, void (Daemon::*what)());

  World& world_;
  Disk& disk_;
  Hands& hands_;
  Checks& checks_;
  const Interference& interference_;
  std::unique_ptr<Life> life_;
};

}  // namespace slipway::sim
