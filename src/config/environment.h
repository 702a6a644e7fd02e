#pragma once

#include <string>
#include <vector>

#include "config/references.h"
#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

struct ReadEnvironments {
  std::vector<core::Environment> environments;
  std::vector<BoundVariables> variables;  // of each
};

// Keys that an environment alone has, and those of it that will come.
const std::vector<std::string>& known_for_environments();
const std::vector<std::string>& planned_for_environments();

ReadEnvironments read_environments(const Field& field, Problems& problems);

}  // namespace slipway::config
