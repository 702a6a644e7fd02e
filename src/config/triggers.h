#pragma once

#include <vector>

#include "config/section.h"
#include "judge/trigger.h"

namespace slipway::config {

// The section `rollback_triggers`.
std::vector<judge::Trigger> read_triggers(const Field& field, Problems& problems);

}  // namespace slipway::config
