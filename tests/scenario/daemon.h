#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "runner/runner.h"
#include "scenario/disk.h"
#include "scenario/hands.h"

namespace slipway::scenario {

// What a test puts between the runner and its doors, or in place of core::step.
struct Interference {
  std::function<std::unique_ptr<runner::Driver>(runner::Driver&)> driver;
  std::function<std::unique_ptr<runner::Journal>(runner::Journal&)> journal;
  std::function<core::Step(core::TargetState, const core::Event&, Time)> step = core::step;
};

// What people do who gave a command and heard no answer, though it was journalled. What wasn't is given again
// by both.
enum class People { look, ask_again };

// One life of the daemon after the other, behind doors that a script opens. Each function returns when the
// daemon, or the next one, knows what it was told: after a crash those who told it tell it again. A crash
// takes no time.
class Daemon {
 public:
  using Listener = std::function<void(const runner::Transaction&)>;
  Daemon(Crashes crashes, Interference interference, People people, Listener listener);

  void command(const core::Event& event);
  // Of the lease, of time in which no daemon lived, or of the clock. A jump of the clock isn't told again:
  // the next daemon takes it for time in which it was away.
  void tell(const core::Event& event);
  void observe(const core::InstanceObserved& seen);
  void judge(const core::VerdictChanged& word);
  // How an effect that waits goes. One that can be seen to be done isn't tried again after a crash.
  void answer(const core::EffectId& id, const core::Outcome& outcome);
  void wake();
  void reboot();
  // Time passes in which the daemon does nothing. One that dies of what comes next was away for so long.
  void sleep(Duration time);
  // An end and a beginning in good order.
  void restart() { start(); }

  const core::TargetState& state() const;
  std::optional<Time> next_wakeup() const { return life_->runner->next_wakeup(); }
  const Disk& disk() const { return disk_; }
  const Hands& hands() const { return hands_; }
  const Crashes& crashes() const { return crashes_; }

  Time now{Duration{1'800'000'000'000}};

 private:
  class Clock final : public runner::Clock {
   public:
    explicit Clock(const Time& time) : time_(time) {}
    Time now() override { return time_; }

   private:
    const Time& time_;
  };
  class Keeper final : public runner::Keeper {
   public:
    void keep(const std::map<core::Target, core::Duties>&) override {}
  };
  struct Life {
    std::unique_ptr<runner::Driver> driver;
    std::unique_ptr<runner::Journal> journal;
    std::optional<runner::Runner> runner;
  };
  // The judge's last word, of the step of a deployment that it was said of.
  struct Word {
    core::VerdictChanged verdict;
    Time step{};
  };

  enum class Course { survived, died_knowing, died_without };  // of what it was told, durably
  Course attempt(const std::function<void()>& act);
  void survive(const std::function<void()>& act);
  void begin_life();
  void start();
  void tell_again();
  std::optional<Time> judged_step(int deployment) const;

  Crashes crashes_;
  Interference interference_;
  People people_;
  Listener listener_;
  Clock clock_{now};
  Keeper keeper_;
  Disk disk_{crashes_};
  Hands hands_{crashes_};
  std::map<core::InstanceName, core::InstanceObserved> seen_;  // what probes last saw
  std::optional<Word> word_;
  bool booted_ = false;   // and the daemon hasn't noted it yet
  Duration away_{};       // since the daemon last showed that it lives
  Duration unrenewed_{};  // since the lease was last renewed, where that fails
  std::unique_ptr<Life> life_;
};

}  // namespace slipway::scenario
