#pragma once

#include <optional>
#include <string>

#include "core/effect.h"

// What a scenario prints of the core's values.
namespace slipway::scenario {

std::string pool_name(std::optional<core::Pool> pool);
std::string describe(const core::Routing& routing);
std::string describe(const core::EffectBody& body);

}  // namespace slipway::scenario
