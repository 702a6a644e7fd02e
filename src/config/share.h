#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::config {

// "5%", "0.5%" in parts per million; nothing where it isn't written so. Four decimals are the most that such
// a number holds: more of them are not a share either.
std::optional<std::int64_t> parse_share(std::string_view text);

}  // namespace slipway::config
