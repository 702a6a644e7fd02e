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

// Keys of an environment that will come.
const std::vector<std::string>& planned_for_environments();

ReadEnvironments read_environments(const Field& field, Problems& problems);

}  // namespace slipway::config
