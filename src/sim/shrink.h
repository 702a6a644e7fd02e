#pragma once

#include "sim/simulation.h"

namespace slipway::sim {

// The fewest entries, and the fewest targets with any, that still break the same invariant: none of those
// left can be removed alone. `tries` is how many runs it took.
struct Shrunk {
  Plan plan;
  Report result;
  int tries = 0;
};
Shrunk shrink(const Plan& plan, const Report& broken, const Interference& interference = {});

}  // namespace slipway::sim
