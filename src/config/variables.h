#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/section.h"
#include "core/service.h"

namespace slipway::config {

// The variables of one `env`, with the places of their values.
struct Variables {
  core::EnvironmentVariables values;
  std::map<std::string, Place> places;
};

// `where`: "run.env", "environments.staging.env".
Variables read_variables(const Field& field, const std::string& where, Problems& problems);

// Text, or a secret by reference.
std::optional<core::EnvironmentValue> read_value(const Field& field, const std::string& where,
                                                 Problems& problems);

// {secret: …} alone: plain text is refused, since the file isn't the place for it.
std::optional<core::SecretRef> read_secret_value(const Field& field, const std::string& where,
                                                 Problems& problems);

}  // namespace slipway::config
