#pragma once

#include <string>
#include <vector>

namespace slipway {

// "a", "a and b", "a, b and c"; empty for nothing.
std::string listed(const std::vector<std::string>& words);

}  // namespace slipway
