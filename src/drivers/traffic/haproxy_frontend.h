#pragma once

#include <string>

#include "drivers/traffic/haproxy_config.h"

namespace slipway::drivers::haproxy {

// The rules that decide where each request goes, and whether it is recorded: lines of a section of
// haproxy.cfg that targets share, since HAProxy would take a millisecond to read them for each. Only what a
// map can't say is in them: they are the same for every weight, pool, lease and rate. Pure.
std::string users_rules(const Route& route, const telemetry::Endpoint& records);

// The target's listeners, which have the rules of the section `rules`, but for the addresses `without`. Pure.
std::string frontend(const core::Target& target, const Route& route, const std::string& rules,
                     const Addresses& without);

}  // namespace slipway::drivers::haproxy
