#include "server/api/view.h"

#include <algorithm>

#include "base/json.h"

namespace slipway::server {
namespace {

std::string_view word(core::OutcomeKind outcome) {
  switch (outcome) {
    case core::OutcomeKind::under_way:
      return "under_way";
    case core::OutcomeKind::promoted:
      return "promoted";
    case core::OutcomeKind::rolled_back:
      return "rolled_back";
    case core::OutcomeKind::aborted:
      return "aborted";
    case core::OutcomeKind::superseded:
      return "superseded";
    case core::OutcomeKind::failed:
      return "failed";
  }
  return "failed";
}

std::string_view word(core::Request::Kind kind) {
  switch (kind) {
    case core::Request::Kind::deploy:
      return "deploy";
    case core::Request::Kind::rollback:
      return "rollback";
  }
  return "deploy";
}

std::string_view word(core::Health health) {
  switch (health) {
    case core::Health::starting:
      return "starting";
    case core::Health::healthy:
      return "healthy";
    case core::Health::unhealthy:
      return "unhealthy";
    case core::Health::gone:
      return "gone";
  }
  return "gone";
}

Json instance_json(const core::Instance& instance, const Sight& sight) {
  Json json{{"name", instance.name.text()},
            {"port", instance.port},
            {"health", word(instance.standing())},
            {"detail", instance.why()},
            {"restarts", instance.restarts},
            {"since", instance.since},
            {"pid", nullptr},
            {"memory", nullptr}};
  if (const auto process = sight.processes.find(instance.name); process != sight.processes.end()) {
    if (process->second.pid) json["pid"] = *process->second.pid;
    if (process->second.memory) json["memory"] = *process->second.memory;
  }
  return json;
}

Json fleet_json(const std::optional<core::Fleet>& fleet, const Known& known) {
  if (!fleet) return nullptr;
  const Sight& sight = known.sight;
  Json instances = Json::array();
  for (const core::Instance& instance : fleet->instances) instances.push_back(instance_json(instance, sight));
  Json json = release_json(fleet->release);
  json["deployment"] = fleet->deployment;
  const auto source = known.records.sources.find(fleet->deployment);
  const bool found = source != known.records.sources.end();
  json["commit"] = found ? source->second.commit : "";
  json["branch"] = found ? source->second.branch : "";
  json["instances"] = std::move(instances);
  return json;
}

Json proxy_json(const core::TargetState& state, const std::optional<Sight::Proxy>& proxy) {
  if (!state.traffic.wanted && !state.traffic.applied)
    return {{"state", "none"}, {"problem", state.traffic.problem}};
  if (!proxy) return {{"state", "down"}, {"problem", "the proxy did not say in time how it is"}};
  std::string problem = proxy->problem;
  if (problem.empty()) problem = state.traffic.problem;
  if (problem.empty() && state.stable && core::panics(*state.stable))
    problem = core::describe_panic(state, *state.stable);
  return {{"state", proxy->up ? "up" : "down"}, {"problem", problem}};
}

// While there is a release that only previews reach.
Json preview_json(const core::TargetState& state, const std::optional<Sight::Proxy>& proxy) {
  const auto& routing = state.traffic.wanted;
  if (!routing || !routing->previewed || !proxy || proxy->preview_token.empty()) return nullptr;
  return {{"address", routing->preview}, {"header", "X-Slipway-Preview: " + proxy->preview_token}};
}

const core::Bound* bound_of(const core::TargetState& state) {
  if (state.stable) return &state.stable->bound;
  if (state.canary) return &state.canary->bound;
  if (state.previous) return &state.previous->bound;
  if (state.queued) return &state.queued->request.bound;
  return nullptr;
}

}  // namespace

Look look_at(const core::TargetState& state) {
  Look look{state.target, {}, state.traffic.wanted || state.traffic.applied};
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet)
      for (const core::Instance& instance : (*fleet)->instances) look.instances.push_back(instance.name);
  return look;
}

Json target_json(const core::Target& target) {
  return {{"service", target.service}, {"environment", target.environment}};
}

Json release_json(const core::Release& release) {
  return {{"revision", release.revision}, {"version", release.version}, {"digest", release.digest}};
}

Json record_json(const core::DeploymentRecord& record) {
  Json json{{"number", record.number},
            {"kind", word(record.kind)},
            {"release", release_json(record.release)},
            {"replaced", nullptr},
            {"by", record.by},
            {"reason", record.reason},
            {"started", record.started},
            {"promoted", record.promoted},
            {"ended", record.ended},
            {"outcome", word(record.outcome)},
            {"cause", record.cause},
            {"first_bad", record.first_bad},
            {"decided", record.decided},
            {"last_request", nullptr},
            {"detect_ms", nullptr},
            {"restore_ms", nullptr},
            {"evidence", record.evidence},
            {"commit", record.source.commit},
            {"branch", record.source.branch},
            {"checks", checks_json(record.checks)},
            {"approvals", Json::array()}};
  for (const core::Approval& approval : record.approvals)
    json["approvals"].push_back({{"by", approval.by}, {"reason", approval.reason}, {"at", approval.at}});
  if (record.replaced) json["replaced"] = release_json(*record.replaced);
  if (record.first_bad && record.decided)
    json["detect_ms"] = std::max(*record.decided - *record.first_bad, Duration::zero());
  // The pool may have served an earlier deployment's users, and none of this one's.
  if (record.last_request && *record.last_request >= record.started) {
    json["last_request"] = *record.last_request;
    if (record.decided)
      json["restore_ms"] = std::max(*record.last_request - *record.decided, Duration::zero());
  }
  return json;
}

Json note_json(const journal::Note& note) {
  return {{"id", note.id},
          {"target", target_json(note.target)},
          {"deployment", note.deployment},
          {"time", note.time},
          {"text", note.text}};
}

Json target_view(const core::TargetState& state, const Known& known, Time now) {
  const core::Bound* bound = bound_of(state);
  const Sight& sight = known.sight;
  const Records& records = known.records;
  Json weight{{"set", state.traffic.wanted ? state.traffic.wanted->weight : 0},
              {"actual", nullptr},
              {"lease_ms", known.lease_left}};
  if (sight.proxy && sight.proxy->weight) weight["actual"] = *sight.proxy->weight;
  return {{"target", target_json(state.target)},
          {"listen", bound != nullptr ? bound->listen : ""},
          {"url", bound != nullptr ? bound->url : ""},
          {"since", records.since},
          {"stable", fleet_json(state.stable, known)},
          {"canary", fleet_json(state.canary, known)},
          {"previous", fleet_json(state.previous, known)},
          {"weight", std::move(weight)},
          {"proxy", proxy_json(state, sight.proxy)},
          {"users", users_json(state, known)},
          {"telemetry", telemetry_json(known.users)},
          {"preview", preview_json(state, sight.proxy)},
          {"deployment", deployment_json(state, known.users, now)},
          {"freezes", freezes_json(state)},
          {"emergency", emergency_json(state)},
          {"offer", offer_json(state)},
          {"firing", firing_json(state)},
          {"letters", state.outbox.size()},
          {"queued", records.queued ? record_json(*records.queued) : Json()},
          {"last", records.last ? record_json(*records.last) : Json()}};
}

}  // namespace slipway::server
