#pragma once

#include <optional>

#include "sim/plan.h"

// The part of a seed's plan that is about gates and letters. All else of the plan is as it would be without.
namespace slipway::sim {

void add_gates(Plan& plan);

// The same plan where whoever gets letters takes each at once; nothing: that is so already.
std::optional<Plan> without_receivers_faults(const Plan& plan);
// The same plan where nothing else depends on how many letters there are.
Plan with_draws_apart(Plan plan);

}  // namespace slipway::sim
