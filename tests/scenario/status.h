#pragma once

#include <string>
#include <vector>

#include "core/state.h"

namespace slipway::scenario {

// What a script's "status" prints of a state, line by line.
std::vector<std::string> status_of(const core::TargetState& state, Time now);

}  // namespace slipway::scenario
