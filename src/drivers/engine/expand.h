#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/service.h"

// Pure: ${NAME} in a command and in plain environment values.
namespace slipway::drivers {

struct Expanded {
  std::vector<std::string> command;
  std::map<std::string, std::string> env;  // what was given and the plain variables; secrets aren't here
  bool operator==(const Expanded&) const = default;
};

// `given` wins over `env`. Names are looked up in both; a value may refer to another, but not in a circle.
// How text is read is in base/placeholder.h. invalid_input, naming the place: a name that isn't there, one of
// a secret (it would end up where secrets mustn't: the process list, a file), a circle, a malformed
// reference, and what gets longer than 128 KiB or deeper than 1,000 values.
Result<Expanded> expand(const std::vector<std::string>& command, const core::EnvironmentVariables& env,
                        const std::map<std::string, std::string>& given);

}  // namespace slipway::drivers
