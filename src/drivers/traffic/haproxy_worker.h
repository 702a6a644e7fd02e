#pragma once

#include <map>
#include <string>
#include <vector>

#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_change.h"
#include "drivers/traffic/haproxy_socket.h"

// What one worker is asked and told of a target.
namespace slipway::drivers::haproxy {

// What that worker holds of the target.
Result<Held> held(const CommandLine& worker, const core::Target& target);
// Those of the targets that the worker doesn't hold as wanted.
Result<std::vector<core::Target>> differing(const CommandLine& worker, const Routes& wanted);
// Requests that it has in flight to the pool. A worker that doesn't know the pool has none.
Result<int> in_flight(const CommandLine& worker, const core::Target& target, core::Pool pool);
// A worker's counters of both pools' backends and servers; of a target that it doesn't know there are none.
struct Counters {
  int pid = 0;
  std::map<core::Target, std::vector<StatRow>> rows;
};
Result<Counters> counters(const CommandLine& worker, const std::vector<core::Target>& targets);
// Of all targets, those in use.
Result<std::vector<ServerRow>> servers(const CommandLine& worker);
// Makes the worker hold `wanted`, and reads back that it does. unavailable, saying what differs, if it
// doesn't.
Status converge(const CommandLine& worker, const core::Target& target, const Route& wanted);

}  // namespace slipway::drivers::haproxy
