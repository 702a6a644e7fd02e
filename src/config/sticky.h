#pragma once

#include <string>

#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

// The section `sticky` of an environment; `where` is what messages call that: "environments.production".
core::Sticky read_sticky(const Field& field, const std::string& where, Problems& problems);

}  // namespace slipway::config
