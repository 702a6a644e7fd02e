#pragma once

#include <chrono>
#include <string_view>

#include "calendar/moment.h"

// Times as the tests of the calendar write them.
namespace slipway::calendar {

inline constexpr Duration day = std::chrono::hours(24);

inline Time at(std::string_view text) {
  return *parse_moment(text);
}

}  // namespace slipway::calendar
