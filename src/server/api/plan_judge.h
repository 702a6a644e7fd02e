#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "core/plan.h"
#include "core/state.h"
#include "server/api/users.h"

// What will be able to stop a deployment, told before it begins.
namespace slipway::server {

// What the judge would see of a deployment with these stages, at the traffic of the last minute, as
// docs/api.md has it. Null without stages: then there is nothing to do.
Json judge_json(const core::TargetState& state, const core::Bound& bound,
                const std::vector<core::Stage>& stages, const Impression& users);

// What the plan can't do, and what to do about it.
std::vector<std::string> warnings(const core::TargetState& state, const core::Bound& bound,
                                  const std::vector<core::Stage>& stages, const Impression& users);

}  // namespace slipway::server
