#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/simulation.h"

namespace slipway::sim {

// Seeds that stand behind each other: `count` from `from` on.
struct Seeds {
  std::uint64_t from = 1;
  std::uint64_t count = 0;
};

struct Failure {
  std::uint64_t seed = 0;
  std::optional<Broken> broken;  // nothing: it didn't go the same way twice
};

// Of all runs together.
struct Tally {
  std::uint64_t hash = 0;  // of all hashes, in the order of seeds
  std::int64_t events = 0;
  std::int64_t appends = 0;
  Marks marks;
  std::vector<Failure> failures;  // by seed
};

enum class Until { first_failure, all_ran };

// Runs the plans of these seeds, and each 20th twice. `jobs` threads, 1 at least, share them; what comes out
// is the same however many there are. Until the first failure, only its seed is certain.
Tally run_seeds(const Seeds& seeds, int jobs, Until until);

}  // namespace slipway::sim
