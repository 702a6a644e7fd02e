#include "server/api/since.h"

namespace slipway::server {

Result<std::optional<Time>> stable_since(journal::SqliteJournal& journal, const core::TargetState& state) {
  constexpr int most_looked_at = 1000;
  if (!state.stable) return std::nullopt;
  const int begun_by = state.stable->deployment;
  if (const int later = state.deployments - begun_by; later > 0) {
    TRY(const auto records, journal.history(state.target, std::min(later, most_looked_at)));
    // Newest first.
    for (const core::DeploymentRecord& kept : records) {
      if (kept.number <= begun_by) break;
      // The journal doesn't know yet that it is being taken back.
      const bool under_way = state.deployment && state.deployment->record.number == kept.number;
      const core::DeploymentRecord& record = under_way ? state.deployment->record : kept;
      if (!record.promoted) continue;
      if (record.ended) return record.ended;
      return record.decided ? record.decided : state.went_back;
    }
  }
  TRY(const auto record, journal.deployment(state.target, begun_by));
  return record ? record->promoted : std::nullopt;
}

}  // namespace slipway::server
