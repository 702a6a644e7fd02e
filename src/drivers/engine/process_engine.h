#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "drivers/artifacts/store.h"
#include "drivers/hand.h"
#include "shim/shim.h"

namespace slipway::drivers {

// Local processes, each under a shim in DIR/<service>/<environment>/<instance>/. Knows nothing that isn't in those
// folders: a restarted daemon finds every instance again. Does StartInstance and StopInstance.
class ProcessEngine final : public Hand {
 public:
  struct Settings {
    std::filesystem::path dir;
    std::string user;           // whom instances run as; empty: whom the daemon runs as
    int port_from = 20'000;     // ports given to instances, below the ephemeral range
    int port_to = 32'000;
  };
  ProcessEngine(Settings settings, const ArtifactStore& artifacts);

  std::optional<core::Outcome> observe(const core::Effect& effect) override;
  core::Outcome perform(const core::Effect& effect) override;

  // What the shim says. not_found: no shim lives there.
  Result<shim::ShimStatus> status(const core::Target& target, const core::InstanceName& instance) const;
  // The file that holds what it printed, newest part.
  std::filesystem::path log(const core::Target& target, const core::InstanceName& instance) const;
  // Instances with a folder, running or not.
  std::vector<core::InstanceName> known(const core::Target& target) const;
  // Removes folders (and so logs) of ended instances that belong to none of the newest `keep` deployments.
  Status prune(const core::Target& target, int keep) const;

 private:
  std::filesystem::path folder(const core::Target& target, const core::InstanceName& instance) const;

  Settings settings_;
  const ArtifactStore& artifacts_;
};

}  // namespace slipway::drivers
