#pragma once

#include <map>
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

}  // namespace slipway::config
