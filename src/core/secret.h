#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace slipway::core {

// Where a secret's value is found when an instance starts. Only ever the reference is stored.
struct SecretRef {
  enum class Source { environment, file, command };
  Source source = Source::environment;
  std::string name;                  // the daemon's variable, or the file's path
  std::vector<std::string> command;  // prints the value; one trailing newline is dropped
  bool operator==(const SecretRef&) const = default;
};

// Text may hold ${NAME}: PORT, SLIPWAY_SERVICE, SLIPWAY_ENVIRONMENT, SLIPWAY_VERSION, SLIPWAY_REVISION,
// SLIPWAY_INSTANCE or another plain variable of `env`.
using EnvironmentValue = std::variant<std::string, SecretRef>;
using EnvironmentVariables = std::map<std::string, EnvironmentValue>;

}  // namespace slipway::core
