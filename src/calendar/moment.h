#pragma once

#include <string>

#include "base/time.h"

namespace slipway::calendar {

// "Thu 26 Nov 14:00 UTC"
std::string format_moment(Time time);

// "2026-11-26T14:00Z", with seconds and their parts if wished; invalid_input otherwise.
Result<Time> parse_moment(std::string_view text);

}  // namespace slipway::calendar
