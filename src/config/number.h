#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/section.h"

namespace slipway::config {

// A number with four decimals at most, such as "1.1" or "40"; nothing where it isn't written so.
std::optional<double> parse_number(std::string_view text);

// A number from `least` to `most`. `example` is what to write. Reports what is wrong and gives nothing then.
std::optional<double> read_number(const Field& field, double least, double most, std::string_view example,
                                  Problems& problems);

// "5%", "0.5%" in parts per million; nothing where it isn't written so. Four decimals are the most that such
// a number holds: more of them are not a share either.
std::optional<std::int64_t> parse_share(std::string_view text);

// Per cent, from `least` to `most` parts per million, as a share from 0 to 1. Reports as read_number does.
std::optional<double> read_share(const Field& field, std::int64_t least, std::int64_t most,
                                 std::string_view example, Problems& problems);

}  // namespace slipway::config
