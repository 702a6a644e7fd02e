#pragma once

#include "base/json.h"
#include "cli/target.h"

namespace slipway::cli {

// A deployment as the API takes it, but for the artifact itself.
struct Asking {
  TargetName target;
  Json body;
};

// Reads the configuration, finds out which release is meant and where it was made from. Refused where it is
// to come from an environment in which it hasn't succeeded yet.
Outcome<Asking> asking_for(Desk& desk, const Wanted& wanted);

}  // namespace slipway::cli
