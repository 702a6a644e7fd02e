#pragma once

#include <cstdint>

#include "runner/doors.h"

namespace slipway::sim {

// Of all that a transaction decides: the same with every compiler.
std::uint64_t hash_of(const runner::Transaction& transaction);

// A state as seen from far: which stage, and what stands in its way.
std::uint64_t outline_of(const core::TargetState& state);

}  // namespace slipway::sim
