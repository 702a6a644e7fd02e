#pragma once

#include <string>

#include "core/state.h"

namespace slipway::server {

// One sentence: what the deployment under way is waiting for, and how long it may still. Empty without a
// deployment.
std::string waits_for(const core::TargetState& state, Time now);

}  // namespace slipway::server
