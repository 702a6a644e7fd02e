#pragma once

#include <vector>

#include "core/state.h"
#include "sim/plan.h"

namespace slipway::sim {

// The command of a plan's entry as it reaches the runner, made of what the target's state is then, as the API
// makes it at `now`. `proofs`: what has succeeded in staging.
core::Event command_of(const Plan& plan, const Entry& entry, const core::TargetState* state,
                       const std::vector<core::Proof>& proofs, Time now);
bool is_command(Entry::Kind kind);
// Nothing goes on until somebody says something.
bool waits_for_a_person(const core::TargetState& state);

}  // namespace slipway::sim
