#pragma once

#include <string>
#include <vector>

#include "config/files.h"
#include "config/section.h"
#include "core/gates.h"

namespace slipway::config {

inline constexpr int most_people = 20;  // who may be needed to approve

// What of an environment's gates names other environments, with its places.
struct Neighbours {
  std::string environment;
  std::vector<Word> after, then;
};

// The keys of an environment that are read here.
const std::vector<std::string>& gate_keys();

// `environment` is the open section of one.
core::Gates read_gates(const Section& environment, Neighbours& neighbours, Files& files, Problems& problems);

// Reports each neighbour that isn't one of these environments, and those that come before themselves.
void check_neighbours(const std::vector<Neighbours>& all, Problems& problems);

}  // namespace slipway::config
