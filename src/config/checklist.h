#pragma once

#include <vector>

#include "config/section.h"
#include "core/gates.h"

namespace slipway::config {

// The section `checklist`: groups of checks, in the order written.
std::vector<core::Check> read_checklist(const Field& field, Problems& problems);

}  // namespace slipway::config
