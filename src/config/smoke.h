#pragma once

#include <vector>

#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

std::vector<core::SmokeTest> read_smoke_tests(const Field& field, Problems& problems);

}  // namespace slipway::config
