#include <algorithm>

#include "base/json.h"
#include "server/api/view.h"
#include "server/api/waits.h"

namespace slipway::server {
namespace {

using Kind = core::Stage::Kind;

Json stage_json(const core::Stage& stage) {
  return {{"kind", core::name(stage.kind)}, {"text", core::describe(stage)}};
}

// Which of the weights users are at. A first release has none.
Json step_json(const core::TargetState& state, const core::Deployment& deployment) {
  const int number = deployment.record.number;
  const core::Fleet* fleet = nullptr;
  for (const auto* each : {&state.stable, &state.canary})
    if (*each && (*each)->deployment == number) fleet = &**each;
  if (fleet == nullptr || !deployment.record.replaced) return nullptr;
  const int of = int(fleet->bound.strategy.steps.size());
  if (deployment.record.promoted) return {{"number", of}, {"of", of}};
  int begun = 0;
  for (std::size_t i = 0; i <= deployment.cursor; ++i)
    if (deployment.stages[i].kind == Kind::shift) ++begun;
  return {{"number", std::min(begun, of)}, {"of", of}};
}

// What is left of holds and bakes from now on; the rest lasts as long as it takes.
Json ends_json(const core::Deployment& deployment, Time now) {
  if (deployment.undoing || deployment.paused || deployment.lapsed) return nullptr;
  const auto length = [](const core::Stage& stage) {
    return stage.kind == Kind::hold || stage.kind == Kind::bake ? stage.duration : Duration::zero();
  };
  Time end = std::max(now, deployment.entered + length(deployment.stage()));
  for (std::size_t i = deployment.cursor + 1; i < deployment.stages.size(); ++i)
    end += length(deployment.stages[i]);
  return end;
}

// The judge's newest reason, where its word is the one that the deployment goes by.
Json verdict_json(const core::Deployment& deployment, const Impression& users) {
  if (!deployment.verdict) return nullptr;
  const bool same = users.verdict && users.verdict->kind == deployment.verdict->kind;
  const judge::Verdict& verdict = same ? *users.verdict : *deployment.verdict;
  return {{"kind", judge::name(verdict.kind)}, {"reason", verdict.reason}, {"evidence", verdict.evidence}};
}

}  // namespace

Json deployment_json(const core::TargetState& state, const Impression& users, Time now) {
  if (!state.deployment) return nullptr;
  const core::Deployment& deployment = *state.deployment;
  Json json = record_json(deployment.record);
  Json stage = stage_json(deployment.stage());
  stage["entered"] = deployment.entered;
  if (deployment.stage().duration > Duration::zero() && !deployment.lapsed)
    stage["until"] = deployment.entered + deployment.stage().duration;
  json["stage"] = std::move(stage);
  json["gates"] = gates_json(deployment);
  json["stages"] = Json::array();
  for (const core::Stage& each : deployment.stages) json["stages"].push_back(stage_json(each));
  json["cursor"] = deployment.cursor;
  json["step"] = step_json(state, deployment);
  json["undoing"] = deployment.undoing;
  json["stuck"] = nullptr;
  if (deployment.stuck)
    json["stuck"] = {{"since", deployment.stuck->since}, {"reason", deployment.stuck->reason}};
  json["paused"] = nullptr;
  if (deployment.paused)
    json["paused"] = {{"since", deployment.paused->since},
                      {"by", deployment.paused->by},
                      {"reason", deployment.paused->reason}};
  json["verdict"] = verdict_json(deployment, users);
  json["ends"] = ends_json(deployment, now);
  json["waits_for"] = waits_for(state, now);
  return json;
}

}  // namespace slipway::server
