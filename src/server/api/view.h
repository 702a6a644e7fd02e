#pragma once

#include "base/json.h"
#include "core/state.h"
#include "journal/sqlite_journal.h"
#include "server/api/live.h"

// The API's JSON, as docs/api.md has it. Its own, so that the journal's format may change without it.
namespace slipway::server {

Json release_json(const core::Release& release);
Json record_json(const core::DeploymentRecord& record);
Json note_json(const journal::Note& note);
Json target_json(const core::Target& target);

// What the journal adds to a target's state.
struct Records {
  std::optional<core::DeploymentRecord> last;    // the newest deployment that has ended
  std::optional<core::DeploymentRecord> queued;  // the one that the state has queued
};

// The whole of a target.
Json target_view(const core::TargetState& state, const Sight& sight, const Records& records, Time now);

}  // namespace slipway::server
