#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/artifacts/store.h"
#include "drivers/hand.h"
#include "shim/shim.h"

namespace slipway::drivers {

// Local processes, each under a shim in DIR/<service>/<environment>/<instance>/. Knows nothing that isn't in
// those folders: a restarted daemon finds every instance again, by its name and what it was started as: one
// that was started as something else is stopped and replaced. Does StartInstance and StopInstance.
//
// An instance runs in its artifact's folder. Its environment is PORT, SLIPWAY_SERVICE, SLIPWAY_ENVIRONMENT,
// SLIPWAY_VERSION, SLIPWAY_REVISION, SLIPWAY_INSTANCE, SLIPWAY_SHIM (by which a shim's processes are known),
// then what `env` says (which can't change those), and PATH and HOME where `env` doesn't. Safe from several
// threads, for different instances at once.
class ProcessEngine final : public Hand {
 public:
  struct Settings {
    std::filesystem::path dir;
    std::string user;        // whom instances run as; empty: whom the daemon runs as
    int port_from = 20'000;  // ports given to instances, below the ephemeral range
    int port_to = 32'000;    // inclusive
    std::filesystem::path shim_program = "/proc/self/exe";  // run as `slipway shim DIR`
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
  // Removes folders (and so logs) of ended instances that belong to none of the newest `keep` deployments nor
  // of those `in_use`.
  Status prune(const core::Target& target, int keep, const std::set<int>& in_use) const;

 private:
  struct Prepared;

  core::Outcome start(const core::Target& target, const core::StartInstance& start);
  Result<Prepared> prepare(const core::Target& target, const core::StartInstance& start, int port) const;
  core::Outcome launch(const std::filesystem::path& folder, const Prepared& prepared);
  Result<int> claim_port(const std::filesystem::path& folder);
  void release_port(int port);
  std::filesystem::path folder(const core::Target& target, const core::InstanceName& instance) const;

  Settings settings_;
  const ArtifactStore& artifacts_;
  void read_ports() const;  // once

  mutable std::mutex mutex_;
  mutable bool ports_read_ = false;
  mutable std::map<std::filesystem::path, int> ports_;  // by instance's folder, as recorded there
  std::set<int> claimed_;  // by instances on their way up, whose shims don't hold the port yet
};

}  // namespace slipway::drivers
