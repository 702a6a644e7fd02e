#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "drivers/traffic/haproxy_config.h"

// routes.json: what was applied, as the next daemon finds it. Leases and rates aren't in it. Pure.
namespace slipway::drivers::haproxy {

std::string encode_route(const core::Target& target, const Route& route);
// The whole file, a route a line.
std::string encode_routes(const std::vector<std::string>& entries);
// invalid_input, saying what is wrong.
Result<Routes> decode_routes(const Json& json);

}  // namespace slipway::drivers::haproxy
