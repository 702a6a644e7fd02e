#pragma once

#include <filesystem>
#include <string>

#include "drivers/artifacts/store.h"
#include "drivers/hand.h"

namespace slipway::drivers {

// Does RunSmokeTests: every test against every address, all results kept, failed if one failed. A GET is
// tried 3 times at most, a command once; the command runs in the artifact's folder in a process group of its
// own, with BASE_URL, PATH and HOME alone in its environment, and is killed with its group when its time is
// over.
class SmokeTester final : public Hand {
 public:
  SmokeTester(const ArtifactStore& artifacts, std::string user);
  std::optional<core::Outcome> observe(const core::Effect& effect) override;  // nothing: they are run again
  core::Outcome perform(const core::Effect& effect) override;

 private:
  const ArtifactStore& artifacts_;
  std::string user_;
};

}  // namespace slipway::drivers
