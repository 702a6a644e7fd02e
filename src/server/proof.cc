#include "server/proof.h"

#include <set>

#include "base/log.h"

namespace slipway::server {
namespace {

using core::OutcomeKind;
using Why = core::Unproven::Why;

constexpr int records_looked_at = 1000;

// Users were, or are being, brought back from the artifact by a deployment of an earlier release.
bool leaves(const core::DeploymentRecord& record, const std::string& digest) {
  if (record.kind != core::Request::Kind::rollback || !record.replaced) return false;
  if (record.replaced->digest != digest || record.release.digest == digest) return false;
  return record.outcome == OutcomeKind::promoted || record.outcome == OutcomeKind::under_way;
}

std::optional<Time> end_of_bake(const core::TargetState* state, int deployment) {
  if (state == nullptr || !state->deployment || state->deployment->record.number != deployment)
    return std::nullopt;
  const core::Deployment& baking = *state->deployment;
  if (baking.stage().kind != core::Stage::Kind::bake || baking.paused) return std::nullopt;
  return baking.entered + baking.stage().duration;
}

// Whether an end says that the artifact is no good. It doesn't where nothing of it was started, where another
// release took its place, nor where users stayed on, or went back to, this very artifact.
bool speaks_against(const core::DeploymentRecord& record) {
  if (record.untouched) return false;
  if (record.replaced && record.replaced->digest == record.release.digest) return false;
  switch (record.outcome) {
    case OutcomeKind::rolled_back:
    case OutcomeKind::failed:
    case OutcomeKind::aborted:
      return true;
    case OutcomeKind::promoted:
    case OutcomeKind::superseded:
    case OutcomeKind::under_way:
      return false;
  }
  return false;
}

// What is under way says more than the journal's record of it: that it is being taken back.
const core::DeploymentRecord& newest(const core::TargetState* state, const core::DeploymentRecord& kept) {
  const bool under_way =
      state != nullptr && state->deployment && state->deployment->record.number == kept.number;
  return under_way ? state->deployment->record : kept;
}

core::Unproven taken_back(const core::Target& target, const core::DeploymentRecord& by) {
  std::string cause = by.cause;
  if (by.kind == core::Request::Kind::rollback)
    cause = fmt::format("back to {} by {}{}", by.release.version, by.by,
                        by.reason.empty() ? "" : ": " + by.reason);
  return {target.environment, Why::taken_back, by.number, std::nullopt, std::move(cause)};
}

// That an artifact has succeeded in an environment.
struct Reliance {
  std::string environment, digest;
  auto operator<=>(const Reliance&) const = default;
};

// What has not begun yet, and would by what was said when it was asked for.
std::set<Reliance> reliances(const core::TargetState& state) {
  std::set<Reliance> all;
  const auto rely = [&](const core::Request& request) {
    if (request.kind == core::Request::Kind::rollback) return;
    for (const std::string& environment : request.bound.gates.after)
      all.insert({environment, request.release.digest});
  };
  if (state.deployment && !state.deployment->undoing && state.deployment->gating.request)
    rely(*state.deployment->gating.request);
  if (state.queued) rely(state.queued->request);
  if (state.offer) all.insert({state.offer->from, state.offer->release.digest});
  return all;
}

}  // namespace

Status find_proof(const core::Target& target, const core::TargetState* state, journal::SqliteJournal& journal,
                  core::Request& request) {
  const std::string& digest = request.release.digest;
  TRY(const auto records, journal.history_of(target, digest, records_looked_at));  // newest first
  std::optional<core::Unproven> short_of, against;
  for (const core::DeploymentRecord& kept : records) {
    const core::DeploymentRecord& record = newest(state, kept);
    if (!against && leaves(record, digest)) against = taken_back(target, record);
    if (against) break;
    if (record.release.digest != digest) continue;
    const bool promoted = record.outcome == OutcomeKind::promoted;
    if (promoted && record.ended && !record.cut_short) {
      request.proofs.push_back({target.environment, digest, record.number, *record.ended});
      return {};
    }
    if (promoted && record.ended)
      short_of = {target.environment, Why::cut_short, record.number, std::nullopt, record.cause};
    else if (promoted)
      short_of = {target.environment, Why::bakes, record.number, end_of_bake(state, record.number), {}};
    else if (speaks_against(record))
      against = taken_back(target, record);
  }
  if (short_of || against) request.unproven.push_back(short_of ? *std::move(short_of) : *std::move(against));
  return {};
}

std::vector<std::pair<core::Target, core::ProofWithdrawn>> withdrawn_proofs(
    const std::map<core::Target, core::TargetState>& targets, journal::SqliteJournal& journal) {
  std::vector<std::pair<core::Target, core::ProofWithdrawn>> news;
  for (const auto& [target, state] : targets)
    for (const Reliance& reliance : reliances(state)) {
      const core::Target there{target.service, reliance.environment};
      const auto known = targets.find(there);
      core::Request asked{.release = {.digest = reliance.digest}};
      const Status found =
          find_proof(there, known == targets.end() ? nullptr : &known->second, journal, asked);
      if (!found) {
        log_warning("whether {} still relies on what succeeded in {} isn't known: {}", target.text(),
                    reliance.environment, found.error().message);
        continue;
      }
      for (core::Unproven& unproven : asked.unproven)
        if (unproven.why == Why::taken_back)
          news.emplace_back(target, core::ProofWithdrawn{reliance.digest, std::move(unproven)});
    }
  return news;
}

}  // namespace slipway::server
