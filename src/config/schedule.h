#pragma once

#include "calendar/schedule.h"
#include "config/section.h"

namespace slipway::config {

// The section `release_schedule`.
calendar::Schedule read_schedule(const Field& field, Problems& problems);

}  // namespace slipway::config
