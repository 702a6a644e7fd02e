#include "base/json.h"
#include "calendar/openness.h"
#include "server/api/view.h"

// What is asked before a deployment begins, and what closes a target.
namespace slipway::server {
namespace {

Json evidence_json(const core::Evidence& evidence) {
  return {{"passed", evidence.passed},   {"by", evidence.by},       {"overridden", evidence.overridden},
          {"summary", evidence.summary}, {"tail", evidence.tail},   {"digest", evidence.digest},
          {"at", evidence.at},           {"took_ms", evidence.took}};
}

Json approvals_json(const std::vector<core::Approval>& approvals) {
  Json list = Json::array();
  for (const core::Approval& approval : approvals)
    list.push_back({{"by", approval.by}, {"reason", approval.reason}, {"at", approval.at}});
  return list;
}

}  // namespace

Json checks_json(const std::vector<core::Evidence>& checks) {
  Json list = Json::array();
  for (const core::Evidence& evidence : checks) {
    Json json = evidence_json(evidence);
    json["check"] = evidence.check;
    list.push_back(std::move(json));
  }
  return list;
}

Json gates_json(const core::Deployment& deployment) {
  const core::Gating& gating = deployment.gating;
  if (!gating.request) return nullptr;
  Json checks = Json::array();
  for (const core::Checking& checking : gating.checks)
    checks.push_back({{"group", checking.check.group},
                      {"check", checking.check.name},
                      {"attest", checking.check.kind == core::Check::Kind::attest},
                      {"under_way", checking.open.has_value()},
                      {"problem", checking.evidence ? "" : checking.problem},
                      {"retry_at", checking.evidence ? std::nullopt : checking.retry_at},
                      {"evidence", checking.evidence ? evidence_json(*checking.evidence) : Json()}});
  return {{"checks", std::move(checks)},
          {"approvals", approvals_json(gating.approvals)},
          {"approvals_needed", gating.needed.needed},
          {"not_before", gating.not_before},
          {"rule", gating.calendar.rule}};
}

Json freezes_json(const core::TargetState& state) {
  Json list = Json::array();
  for (const core::Freeze& freeze : state.freezes)
    list.push_back({{"number", freeze.number},
                    {"by", freeze.by},
                    {"reason", freeze.reason},
                    {"from", freeze.from},
                    {"to", freeze.to}});
  return list;
}

Json emergency_json(const core::TargetState& state) {
  if (!state.emergency) return nullptr;
  const bool open = state.emergency->open();
  return {{"open", open},
          {"from", open ? Json(state.emergency->from) : Json()},
          {"until", state.emergency->until},
          {"people", approvals_json(state.emergency->people)},
          {"needed", state.emergency->rule.people}};
}

Json offer_json(const core::TargetState& state) {
  if (!state.offer) return nullptr;
  return {
      {"release", release_json(state.offer->release)}, {"from", state.offer->from}, {"at", state.offer->at}};
}

Json firing_json(const core::TargetState& state) {
  Json list = Json::array();
  if (state.deployment)
    for (const core::Firing& firing : state.deployment->firing)
      list.push_back({{"alert", firing.alert}, {"since", firing.since}, {"value", firing.value}});
  return list;
}

}  // namespace slipway::server
