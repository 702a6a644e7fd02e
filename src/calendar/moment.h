#pragma once

#include <string>

#include "base/time.h"

namespace slipway::calendar {

// "Thu 26 Nov 14:00 UTC"
std::string format_moment(Time time);

}  // namespace slipway::calendar
