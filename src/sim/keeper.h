#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "runner/doors.h"
#include "sim/checks.h"
#include "sim/world.h"

namespace slipway::sim {

// Renews leases at a third of their length, and looks after instances that are to be probed. A new one for
// each life of the daemon.
class Keeper final : public runner::Keeper {
 public:
  struct Hooks {
    std::function<void(const core::Target&, core::Event)> deliver;
    std::function<bool()> suspended;
    std::function<void(Time)> renewed;  // each lease that is wanted was, then or later
    std::function<void()> kept;
  };
  // `renewed`: when each lease was renewed at least, in the life before.
  Keeper(World& world, Checks& checks, Hooks hooks, std::optional<Time> renewed)
      : world_(world), checks_(checks), hooks_(std::move(hooks)), life_(world.life), before_(renewed) {}

  void keep(const std::map<core::Target, core::Duties>& duties) override;
  void note_renewals();
  void clock_jumped();
  // Something happened to the instance: it is looked at soon.
  void changed(int place, const core::InstanceName& name);
  void look_at_all(int place);

 private:
  using Key = std::pair<int, core::InstanceName>;
  struct Watched {
    int port = 0;
    std::uint64_t since = 0;  // tells this watching from an earlier one of the same instance
    std::optional<core::InstanceObserved> said;
  };
  struct Lease {
    Duration length{};
    bool wanted = false;
    bool under_way = false;
    bool ours = false;    // renewed in this life
    bool lapsed = false;  // and that was said
    Time renewed{};       // or first wanted; on the wall clock
    std::uint64_t timer = 0;
  };
  void watch(int place, const std::vector<core::Duties::Probe>& probes);
  void look_soon(const Key& key, Draw draw);
  void look(const Key& key, std::uint64_t since);
  void renew(const core::Target& target);
  void renewed(const core::Target& target, Time at, bool worked);
  std::optional<Duration> lapse(Lease& lease, Time at);
  void look(const core::Target& target);
  void look_when_over(const core::Target& target, const Lease& lease);

  World& world_;
  Checks& checks_;
  Hooks hooks_;
  int life_;
  std::optional<Time> before_;  // when the life before renewed, until leases are known
  std::map<core::Target, std::vector<core::Duties::Probe>> probes_;
  std::map<Key, Watched> watched_;
  std::map<core::Target, Lease> leases_;
  std::uint64_t count_ = 0;
};

}  // namespace slipway::sim
