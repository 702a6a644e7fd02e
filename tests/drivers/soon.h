#pragma once

#include "base/time.h"

namespace slipway {

// For what takes a moment only, on a busy machine too.
inline constexpr Duration soon{10'000};

}  // namespace slipway
