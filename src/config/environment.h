#pragma once

#include <string>
#include <vector>

#include "config/files.h"
#include "config/references.h"
#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

struct ReadEnvironments {
  std::vector<core::Environment> environments;
  std::vector<BoundVariables> variables;  // of each
};

// Keys that an environment alone has.
const std::vector<std::string>& known_for_environments();

ReadEnvironments read_environments(const Field& field, Files& files, Problems& problems);

}  // namespace slipway::config
