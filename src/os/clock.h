#pragma once

#include <chrono>

#include "base/time.h"

namespace slipway::os {

// The wall clock, in whole milliseconds. HAProxy compares leases with its own wall clock, so what is written
// to it comes from here, and not from a clock that never goes back.
inline Time wall_now() {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

}  // namespace slipway::os
