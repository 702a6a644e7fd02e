#pragma once

#include <functional>
#include <vector>

#include "core/effect.h"
#include "drivers/artifacts/store.h"

namespace slipway::drivers::checks {

// What built-in checks ask others of.
struct World {
  std::function<Status(const core::Target&)> proxy;                // whether it answers
  std::function<std::vector<pid_t>(const core::Target&)> running;  // the programs of a target's instances
};

// unavailable: it can't be looked at now. Any other error: it isn't met, and what to do.
Result<core::Evidence> look(const core::Target& target, const core::RunCheck& run, const World& world,
                            const ArtifactStore& artifacts);

}  // namespace slipway::drivers::checks
