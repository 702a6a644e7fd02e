#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/simulation.h"

namespace slipway::sim {

// A mistake that a runner or a core could make, as it shows at the doors; and the invariants that it may
// break.
struct Bug {
  std::string name;
  std::vector<std::string> breaks;
  Interference (*plant)();
};
const std::vector<Bug>& all_bugs();

}  // namespace slipway::sim
