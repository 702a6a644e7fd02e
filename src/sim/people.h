#pragma once

#include "core/state.h"
#include "sim/plan.h"

namespace slipway::sim {

// The command of a plan's entry as it reaches the runner, made of what the target's state is then, as the API
// makes it.
core::Event command_of(const Plan& plan, const Entry& entry, const core::TargetState* state);
bool is_command(Entry::Kind kind);

}  // namespace slipway::sim
