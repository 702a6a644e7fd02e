#pragma once

#include <map>
#include <optional>

#include "runner/doors.h"
#include "scenario/crashes.h"

namespace slipway::scenario {

// Does effects in a small world, when the script says how they go. The world outlives the daemon; whom to
// call back doesn't.
class Hands final : public runner::Driver {
 public:
  explicit Hands(Crashes& crashes) : crashes_(crashes) {}

  void observe(const core::Effect& effect, Seen seen) override;
  void perform(const core::Effect& effect, Done done) override;

  // Asked for and not answered, oldest first.
  struct Waiting {
    core::Effect effect;
    Done done;
  };
  const std::map<core::EffectId, Waiting>& waiting() const { return waiting_; }
  // It goes so, and the daemon hears of it.
  void answer(const core::EffectId& id, const core::Outcome& outcome);

  bool runs(const core::InstanceName& instance) const { return instances_.contains(instance); }
  // By itself: its process is gone.
  void end(const core::InstanceName& instance) { instances_.erase(instance); }
  const std::map<core::InstanceName, int>& instances() const { return instances_; }  // with their ports
  const std::optional<core::Routing>& routing() const { return routing_; }

  void daemon_died() { waiting_.clear(); }
  void host_rebooted();

 private:
  void overtake();
  void change_world(const core::Effect& effect, const core::Outcome& outcome);

  Crashes& crashes_;
  std::map<core::EffectId, Waiting> waiting_;
  std::map<core::EffectId, core::Outcome> seen_done_;  // what can be told by looking, until it has been
  std::map<core::InstanceName, int> instances_;
  std::optional<core::Routing> routing_;
};

}  // namespace slipway::scenario
