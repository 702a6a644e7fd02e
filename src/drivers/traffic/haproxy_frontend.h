#pragma once

#include <string>

#include "drivers/traffic/haproxy_config.h"

namespace slipway::drivers::haproxy {

// The part of haproxy.cfg that decides where each request to the target goes, and whether it is recorded.
// Only what a map can't say is in it: it is the same text for every weight, pool, lease and rate. Pure.
std::string frontend(const core::Target& target, const Route& route, const telemetry::Endpoint& records,
                     const Addresses& without);

}  // namespace slipway::drivers::haproxy
