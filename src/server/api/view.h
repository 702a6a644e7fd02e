#pragma once

#include <map>

#include "base/json.h"
#include "core/state.h"
#include "journal/sqlite_journal.h"
#include "server/api/live.h"
#include "server/api/users.h"

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
  std::map<int, core::Source> sources;           // by deployment, of those that brought what runs
  std::optional<Time> since;                     // since when users are on what is stable
};

// All that is known of a target beside its state.
struct Known {
  Sight sight;
  Records records;
  Impression users;
  std::optional<Duration> lease_left;
};

// The whole of a target.
Json target_view(const core::TargetState& state, const Known& known, Time now);

// Parts of it: what users experience, and a deployment under way.
Json users_json(const core::TargetState& state, const Known& known);
Json telemetry_json(const Impression& users);
Json checks_json(const std::vector<core::Evidence>& checks);
Json gates_json(const core::Deployment& deployment);  // null once they are passed
Json freezes_json(const core::TargetState& state);
Json emergency_json(const core::TargetState& state);
Json offer_json(const core::TargetState& state);
Json firing_json(const core::TargetState& state);
Json deployment_json(const core::TargetState& state, const Impression& users, Time now);

}  // namespace slipway::server
