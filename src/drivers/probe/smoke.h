#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "drivers/artifacts/store.h"
#include "drivers/hand.h"
#include "drivers/probe/http_get.h"

namespace slipway::drivers {

// Does RunSmokeTests: every test against every address, all results kept, failed if one failed. A GET is
// tried 3 times at most, a command once; the command runs in the artifact's folder in a process group of its
// own, with BASE_URL, PATH and HOME alone in its environment, and is killed with its group when its time is
// over.
class SmokeTester final : public Hand {
 public:
  // How a request through the proxy shows that it is ours, and what the answer must say then, if it says
  // anything of this: who answered. It does wherever the proxy has more than one pool to choose from.
  struct Introduction {
    RequestHeaders headers;
    std::string answer_header;  // in lowercase
    std::string answered_by;
  };
  using Introduce = std::function<Introduction(const core::Target&, core::Pool)>;

  SmokeTester(const ArtifactStore& artifacts, std::string user, Introduce introduce);
  std::optional<core::Outcome> observe(const core::Effect& effect) override;  // nothing: they are run again
  core::Outcome perform(const core::Effect& effect) override;

 private:
  const ArtifactStore& artifacts_;
  std::string user_;
  Introduce introduce_;
};

}  // namespace slipway::drivers
