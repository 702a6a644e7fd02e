#pragma once

#include <map>
#include <memory>
#include <vector>

#include "drivers/hand.h"
#include "server/api/live.h"
#include "server/loop.h"
#include "shim/shim.h"

namespace slipway::server {

// Asks shims, /proc and the proxy, on workers; calls that come together share one look at a target.
class WorldLive final : public Live {
 public:
  struct Eyes {
    std::function<Result<shim::ShimStatus>(const core::Target&, const core::InstanceName&)> status;  // blocks
    std::function<Sight::Proxy(const core::Target&)> proxy;                                          // blocks
  };
  WorldLive(Loop& loop, drivers::Workers& workers, Eyes eyes);

  void look(std::vector<Look> at, Seen seen) override;

 private:
  struct Asked;
  void look_at_one(const Look& look, std::shared_ptr<Asked> asked);
  void seen(const core::Target& target, const Sight& sight);

  Loop& loop_;
  drivers::Workers& workers_;
  Eyes eyes_;
  std::map<core::Target, std::vector<std::shared_ptr<Asked>>> under_way_;
};

}  // namespace slipway::server
