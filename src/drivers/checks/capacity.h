#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "core/gates.h"

namespace slipway::drivers::checks {

// What this machine has left for us, with the limits of our control groups (version 2).
struct Room {
  std::uint64_t memory = 0;               // bytes that can be had without swapping
  std::optional<std::int64_t> processes;  // threads too; nothing: there is no limit
};
Result<Room> room();

// What a process and all below it use.
struct Use {
  std::uint64_t memory = 0;  // resident, in bytes; what several share counts for each
  std::int64_t processes = 0;
};
// Of each root that runs.
std::vector<Use> use_of(const std::vector<pid_t>& roots);

// Whether so many more instances fit, each like the largest of those that run.
core::Evidence fits(const Room& room, const std::vector<Use>& running, int more);

}  // namespace slipway::drivers::checks
