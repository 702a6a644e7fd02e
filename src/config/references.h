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

// The names in text: of ${NAME}, each once. $$ is a dollar sign; anything else behind a $ is as it stands.
std::vector<std::string> references(std::string_view text);

// Reports each ${NAME} that some environment couldn't replace: unknown, secret, or leading back to itself.
void check_references(const std::vector<Word>& command, const Variables& run,
                      const std::vector<BoundVariables>& environments, Problems& problems);

}  // namespace slipway::config
