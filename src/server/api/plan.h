#pragma once

#include <string>

#include "base/json.h"
#include "core/step.h"
#include "server/api/live.h"
#include "server/api/users.h"

namespace slipway::server {

// A deployment that somebody thinks of.
struct Proposal {
  core::Request request;       // its revision is the one that it would get
  bool known_release = false;  // it is stored already, with that revision
  std::string refusal;         // why it wouldn't come to a deployment, before the core is asked
};

// What deploying it would do to the target as it is now, as docs/api.md has it. Pure.
Json plan_json(const core::TargetState& state, const Proposal& proposal, const Sight& sight,
               const Impression& users, Time now);

}  // namespace slipway::server
