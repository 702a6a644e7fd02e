#pragma once

#include <vector>

#include "config/section.h"
#include "core/alert.h"

namespace slipway::config {

// The section `alerts`.
std::vector<core::Alert> read_alerts(const Field& field, Problems& problems);

}  // namespace slipway::config
