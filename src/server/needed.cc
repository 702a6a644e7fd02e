#include "server/needed.h"

namespace slipway::server {

std::set<std::string> needed_artifacts(const runner::Runner& runner, journal::SqliteJournal& journal) {
  constexpr int deployments_to_return_to = 10;
  std::set<std::string> needed;
  for (const auto& [target, state] : runner.targets()) {
    for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
      if (*fleet) needed.insert((*fleet)->release.digest);
    if (state.queued) needed.insert(state.queued->request.release.digest);
    if (state.deployment) needed.insert(state.deployment->record.release.digest);
    for (const core::Release& release : state.trail) needed.insert(release.digest);
    // What was gone back from is no longer on the trail, and may be wanted again all the same.
    if (const auto history = journal.history(target, deployments_to_return_to))
      for (const core::DeploymentRecord& record : *history) needed.insert(record.release.digest);
    if (!state.deployment) continue;
    for (const core::Release& release : state.deployment->trail_before) needed.insert(release.digest);
  }
  return needed;
}

}  // namespace slipway::server
