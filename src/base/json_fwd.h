#pragma once

#include <nlohmann/json_fwd.hpp>

namespace slipway {

// Enough to declare what reads and writes JSON; base/json.h is what defining it takes.
using Json = nlohmann::json;

}  // namespace slipway
