#pragma once

#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

struct Strategies {
  core::Strategy blue_green;
  core::Strategy canary;
};

// Where a configuration doesn't say: blue-green at once, and a canary of 5, 25, 50 and 100 per cent.
Strategies default_strategies();

// The section `strategy`.
Strategies read_strategies(const Field& field, Problems& problems);

}  // namespace slipway::config
