#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/checks.h"
#include "sim/daemon.h"
#include "sim/marks.h"
#include "sim/plan.h"

namespace slipway::sim {

struct Report {
  std::uint64_t hash = 0;             // of all states and effects, one after the other
  std::int64_t events = 0;            // that happened in the world
  std::int64_t appends = 0;           // of them, those that were journalled
  Duration lasted{};                  // in virtual time
  std::vector<std::string> outcomes;  // of each deployment that ended: what became of it, and when
  Marks marks;
  std::optional<Broken> broken;
  std::vector<std::string> last;  // what was journalled at the end, oldest first
};

// Runs the plan until all is at rest, or an invariant breaks. One whose draws are apart is run again where
// all letters arrive, and must have the same outcomes.
Report run(const Plan& plan, const Interference& interference = {});

}  // namespace slipway::sim
