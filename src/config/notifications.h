#pragma once

#include <vector>

#include "config/section.h"
#include "core/notice.h"

namespace slipway::config {

// The section `notifications`.
std::vector<core::Channel> read_notifications(const Field& field, Problems& problems);

}  // namespace slipway::config
