#pragma once

#include "base/json_fwd.h"
#include "server/api/plan.h"

namespace slipway::server {

// Each gate of the environment, as it is now: {name, state: "met" | "waits" | "refuses", text}.
Json plan_gates_json(const core::TargetState& state, const core::Request& request,
                     const std::vector<core::Stage>& stages, Time now);

}  // namespace slipway::server
