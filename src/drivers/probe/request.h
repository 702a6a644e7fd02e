#pragma once

#include <string_view>

// What a request for an instance's health says beside path and Host, whoever sends it.
namespace slipway::drivers {

inline constexpr std::string_view probe_user_agent = "slipway";
inline constexpr std::string_view probe_accepts = "*/*";

}  // namespace slipway::drivers
