#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/simulation.h"

namespace slipway::sim {

// A mistake that a runner or a core could make, as it shows at the doors or in what a step returns; and the
// invariants that it may break.
struct Bug {
  std::string name;
  std::vector<std::string> breaks;
  Interference (*plant)();
};
std::vector<Bug> all_bugs();
std::vector<Bug> mistakes_of_steps();      // of them
std::vector<Bug> mistakes_at_gates();      // of them
std::vector<Bug> mistakes_of_witnesses();  // misjudging.cc

}  // namespace slipway::sim
