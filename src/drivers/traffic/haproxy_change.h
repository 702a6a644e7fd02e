#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_config.h"

// From what a running worker holds to what it is to hold, without a reload. Pure.
namespace slipway::drivers::haproxy {

// What a worker holds of one target. A worker of an earlier configuration may lack entries and slots.
struct Held {
  std::map<std::string, std::string> values;  // map file → the target's value
  std::vector<ServerState> a, b;
};

// Commands in an order that is safe between any two of them: servers are ready before users are sent to them,
// users leave servers before those are put away, and nobody meets a canary with the weight of another.
std::vector<std::string> changes(const Held& held, const core::Target& target, const Route& wanted);

// What of `held` isn't as wanted, in words; nothing: all is. Leases don't count, they pass
// by themselves, and neither do the rates of records, which are told apart from routes.
std::optional<std::string> difference(const Held& held, const core::Target& target, const Route& wanted);

}  // namespace slipway::drivers::haproxy
