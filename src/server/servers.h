#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/step.h"
#include "drivers/hand.h"
#include "drivers/traffic/haproxy_traffic.h"
#include "server/loop.h"

namespace slipway::server {

using CheckedServers = std::map<core::Target, std::vector<drivers::HaproxyTraffic::Checked>>;

// What the targets' states don't say of their instances, as the proxy now finds them.
std::vector<std::pair<core::Target, core::ServersObserved>> changed_servers(
    const std::map<core::Target, core::TargetState>& targets, const CheckedServers& checked);

// Looks at the proxy's own checks, and tells targets what they say: often while somebody waits for that, each
// second while something is under way, and else every few seconds. On the loop's thread.
class ServerWatch {
 public:
  struct Doors {
    std::function<Result<CheckedServers>()> checked;  // blocks; called on a worker
    std::function<const std::map<core::Target, core::TargetState>&()> targets;
    std::function<void(const core::Target&, core::ServersObserved)> deliver;
    std::function<bool()> suspended;  // nothing can be journalled
  };
  ServerWatch(Loop& loop, drivers::Workers& workers, Doors doors);

  void start();
  // To be told after each change of a target.
  void changed(const core::TargetState& state);

 private:
  void look();
  void looked(const Result<CheckedServers>& checked);
  void again();

  Loop& loop_;
  drivers::Workers& workers_;
  Doors doors_;
  std::unique_ptr<Loop::Timer> timer_;
  bool started_ = false;
  bool looking_ = false;
  bool soon_ = false;  // somebody has begun to wait
};

}  // namespace slipway::server
