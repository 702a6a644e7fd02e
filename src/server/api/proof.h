#pragma once

#include "core/event.h"
#include "core/state.h"
#include "journal/sqlite_journal.h"

namespace slipway::server {

// Whether the request's artifact succeeded in an environment: the newest of its deployments there that says
// anything, as a proof, or as what it lacks; neither, where it never got to its end there. `state` is that
// environment's, if there is any.
Status find_proof(const core::Target& target, const core::TargetState* state, journal::SqliteJournal& journal,
                  core::Request& request);

}  // namespace slipway::server
