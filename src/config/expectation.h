#pragma once

#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

core::Expectation read_expectation(const Field& field, const std::string& where, Problems& problems);

}  // namespace slipway::config
