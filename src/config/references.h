#pragma once

#include <string>
#include <vector>

#include "config/variables.h"

namespace slipway::config {

// What of an environment's configuration may hold ${NAME}.
struct BoundVariables {
  std::string environment;
  Variables variables;
};

// Reports each ${NAME} that some environment couldn't replace: unknown, secret, or leading back to itself;
// and what begins as one and isn't.
void check_references(const std::vector<Word>& command, const Variables& run,
                      const std::vector<BoundVariables>& environments, Problems& problems);

}  // namespace slipway::config
