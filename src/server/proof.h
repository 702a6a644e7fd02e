#pragma once

#include <map>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/state.h"
#include "journal/sqlite_journal.h"

namespace slipway::server {

// Whether the request's artifact succeeded in an environment: the newest of its deployments there that says
// anything, as a proof, or as what it lacks; neither, where it never got to its end there. `state` is that
// environment's, if there is any.
Status find_proof(const core::Target& target, const core::TargetState* state, journal::SqliteJournal& journal,
                  core::Request& request);

// For each target that waits with an artifact, or is offered one, since it has succeeded in another
// environment: what to tell it once the artifact was taken back there.
std::vector<std::pair<core::Target, core::ProofWithdrawn>> withdrawn_proofs(
    const std::map<core::Target, core::TargetState>& targets, journal::SqliteJournal& journal);

}  // namespace slipway::server
