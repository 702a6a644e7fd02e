#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/state.h"

namespace slipway::server {

// What the processes and the proxy themselves say now.
struct Sight {
  struct Process {
    std::optional<pid_t> pid;
    std::optional<std::int64_t> memory;  // resident, in bytes
    bool operator==(const Process&) const = default;
  };
  struct Proxy {
    bool up = false;
    std::string problem;
    std::optional<int> weight;  // per cent of users that the canary gets
    int in_flight_a = 0, in_flight_b = 0;
    std::string preview_token;  // what the header for previews must hold
    bool operator==(const Proxy&) const = default;
  };
  std::map<core::InstanceName, Process> processes;  // those that answered in time
  std::optional<Proxy> proxy;                       // nothing: it didn't answer in time
  std::optional<std::int64_t> memory_available;     // of the host, in bytes
};

// What is to be looked at, for one target.
struct Look {
  core::Target target;
  std::vector<core::InstanceName> instances;
  bool proxy = false;  // users' requests are routed
};

// Looks without holding up the loop, and answers within 3 s with what it has by then.
class Live {
 public:
  using Seen = std::function<void(std::map<core::Target, Sight>)>;
  virtual ~Live() = default;
  virtual void look(std::vector<Look> at, Seen seen) = 0;
};

Look look_at(const core::TargetState& state);

}  // namespace slipway::server
