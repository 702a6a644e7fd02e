#pragma once

#include <optional>

#include "config/section.h"
#include "core/gates.h"

namespace slipway::config {

// The section `github`.
std::optional<core::GitHub> read_github(const Field& field, Problems& problems);

}  // namespace slipway::config
