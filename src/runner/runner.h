#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/doors.h"

namespace slipway::runner {

// The only loop: event in, step, journal first, then act; outcomes come back as events. Knows every target's
// state as the journal has it, and what couldn't be journalled yet. Not thread-safe: everything, callbacks of
// drivers included, happens on one thread.
class Runner {
 public:
  struct Settings {
    Duration retry_journal{1000};  // between tries to write what the journal refused
    // What decides. Another one only to see that its mistakes are noticed.
    std::function<core::Step(core::TargetState, const core::Event&, Time)> step = core::step;
  };

  Runner(Clock& clock, Journal& journal, Driver& driver, Keeper& keeper);
  Runner(Clock& clock, Journal& journal, Driver& driver, Keeper& keeper, Settings settings);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  struct Past {
    bool rebooted = false;              // since the last run
    std::string boot_id;                // of now
    std::optional<Duration> away;       // since a daemon last lived
    std::optional<Duration> unrenewed;  // since when not every lease is known to have been renewed
  };
  // Loads every target. What was under way is observed first, and done again only where it isn't done.
  Status recover(const Past& past);

  // A command of a person: journalled before it is answered. unavailable if the journal can't be written:
  // nothing happened. `origin` is where it came from, for the audit trail.
  Result<core::Reply> command(const core::Target& target, const core::Event& event,
                              const std::string& origin = {});

  // What happened. Kept, in order, while the journal can't be written.
  void deliver(const core::Target& target, core::Event event);

  // The wall clock jumped, and what `now` says with it. Every target hears of it before anything else, also
  // before what waits for the journal: it happened before the jump, and is taken at a time after it.
  void clock_jumped(Duration by);

  // Delivers TimePassed where it is due, and what had to wait for the journal.
  void wake();
  std::optional<Time> next_wakeup() const;

  // Not every target knows yet that the host rebooted: what states imply is of the time before.
  bool recovering() const;

  const core::TargetState* find(const core::Target& target) const;
  const std::map<core::Target, core::TargetState>& targets() const { return targets_; }
  // Why nothing can be journalled, while that is so. Leases aren't renewed then: users return to stable by
  // themselves.
  const std::optional<std::string>& suspended() const { return suspended_; }

  // Called after each durable transaction.
  void on_change(std::function<void(const Transaction&)> listener) { listener_ = std::move(listener); }

 private:
  Result<core::Reply> take(const core::Target& target, const core::Event& event, Time at,
                           const std::string& origin = {});
  std::optional<Time> next_wakeup(const core::TargetState& state) const;
  void act(const core::Effect& effect);
  void act_after_observing(const core::Effect& effect);
  void ended(const core::Effect& effect, core::Outcome outcome);
  void drain_waiting();
  void suspend(std::string why);
  void resume();
  void keep();

  struct Waiting {
    core::Target target;
    core::Event event;
    std::optional<Time> at;  // nothing: whenever it is taken
  };

  Clock& clock_;
  Journal& journal_;
  Driver& driver_;
  Keeper& keeper_;
  Settings settings_;
  std::map<core::Target, core::TargetState> targets_;
  // Of targets that were woken in vain since their last transaction: when they are due next.
  std::map<core::Target, std::optional<Time>> due_;
  std::deque<Waiting> waiting_;
  std::optional<std::string> suspended_;
  Time retry_at_{};
  bool draining_ = false;
  bool recovering_ = false;
  std::function<void(const Transaction&)> listener_;
};

}  // namespace slipway::runner
