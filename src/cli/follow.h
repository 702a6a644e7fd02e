#pragma once

#include "base/json.h"
#include "cli/target.h"

namespace slipway::cli {

// Which end of a deployment is what was asked for.
enum class Goal {
  promoted,  // of a new release
  returned,  // users are back: it was aborted or rolled back, or an earlier release was promoted
};

struct Awaited {
  int deployment = 0;
  Goal goal = Goal::promoted;
  Time since{};  // earlier notes were there before anybody asked
};

// Prints the deployment's timeline as it grows, until it is decided, also while the daemon comes and goes.
// Its record as it is then, if that is the goal; else a Failure with Exit::undone and the cause.
Outcome<Json> follow(Desk& desk, const TargetName& target, Awaited awaited);

}  // namespace slipway::cli
