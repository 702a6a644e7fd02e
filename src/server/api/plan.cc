#include "server/api/plan.h"

#include <algorithm>

#include "base/json.h"
#include "server/api/changes.h"
#include "server/api/plan_gates.h"
#include "server/api/plan_judge.h"
#include "server/api/view.h"

namespace slipway::server {
namespace {

using Kind = core::Stage::Kind;

// Others last as long as they take.
bool known_length(const core::Stage& stage) {
  return stage.kind == Kind::hold || stage.kind == Kind::bake;
}

struct Foreseen {
  core::Reply reply;
  std::vector<core::Stage> stages;
};

Foreseen foresee(const core::TargetState& state, const Proposal& proposal, Time now) {
  Foreseen found;
  const core::Request& request = proposal.request;
  if (!proposal.refusal.empty()) {
    found.reply = {false, proposal.refusal, std::nullopt};
  } else {
    core::Step step = core::step(state, core::DeployRequested{request, false}, std::max(now, state.now));
    found.reply = std::move(step.reply);
    const auto& begun = step.state.deployment;
    if (begun && begun->record.number == found.reply.deployment) {
      found.stages = begun->stages;
      return found;
    }
    if (found.reply.accepted && !found.reply.deployment) return found;  // there is nothing to do
  }
  found.stages = core::plan(request.bound, request.kind, state.stable.has_value());
  return found;
}

Json stages_json(const std::vector<core::Stage>& stages, Duration& expected) {
  Json list = Json::array();
  for (const core::Stage& stage : stages) {
    list.push_back({{"kind", core::name(stage.kind)},
                    {"text", core::describe(stage)},
                    {"weight", stage.weight},
                    {"from_ms", expected},
                    {"duration_ms", nullptr}});
    if (!known_length(stage)) continue;
    list.back()["duration_ms"] = stage.duration;
    expected += stage.duration;
  }
  return list;
}

Json changes_json(const core::TargetState& state, const core::Bound& bound) {
  Json list = Json::array();
  if (!state.stable) return list;
  for (const Change& change : changes(state.stable->bound, bound))
    list.push_back({{"what", change.what}, {"from", change.from}, {"to", change.to}});
  return list;
}

Json capacity_json(const core::TargetState& state, const core::Bound& bound, const Sight& sight) {
  const int now = state.stable ? int(state.stable->instances.size()) : 0;
  const int more = bound.run.instances;
  std::optional<std::int64_t> each;
  if (state.stable)
    for (const core::Instance& instance : state.stable->instances) {
      const auto process = sight.processes.find(instance.name);
      if (process != sight.processes.end() && process->second.memory)
        each = std::max(each.value_or(0), *process->second.memory);
    }
  Json json{{"instances_now", now},
            {"instances_most", now + more},
            {"memory_each", each},
            {"memory_needed", nullptr},
            {"memory_available", sight.memory_available},
            {"enough", nullptr}};
  if (!each) return json;
  json["memory_needed"] = *each * more;
  if (sight.memory_available) json["enough"] = *each * more <= *sight.memory_available;
  return json;
}

Json way_back(const core::TargetState& state, const std::vector<core::Stage>& stages) {
  if (!state.stable) return {"none: this is the first release"};
  if (stages.empty()) return Json::array();
  const std::string& version = state.stable->release.version;
  Json lines{fmt::format("until promotion: users back to {} by one switch", version)};
  for (const core::Stage& stage : stages)
    if (stage.kind == Kind::bake && stage.duration > Duration::zero())
      lines.push_back(fmt::format("during bake ({}): one switch", format_duration(stage.duration)));
  lines.push_back(fmt::format("after that: a deployment of {}", version));
  return lines;
}

Json release_of(const Proposal& proposal) {
  const core::Release& release = proposal.request.release;
  Json json{{"version", release.version}, {"digest", nullptr}, {"revision", nullptr}};
  if (!release.digest.empty()) json["digest"] = release.digest;
  if (proposal.known_release) json["revision"] = release.revision;
  return json;
}

Json source_json(const core::Source& source) {
  return {{"commit", source.commit}, {"branch", source.branch}, {"changes", source.changes}};
}

}  // namespace

Json plan_json(const core::TargetState& state, const Proposal& proposal, const Sight& sight,
               const Impression& users, Time now) {
  const Foreseen foreseen = foresee(state, proposal, now);
  const Json stable = state.stable ? release_json(state.stable->release) : Json();
  Duration expected{};
  Json stages = stages_json(foreseen.stages, expected);
  return {{"target", target_json(state.target)},
          {"release", release_of(proposal)},
          {"stable", stable},
          {"source", source_json(proposal.request.source)},
          {"answer", {{"accepted", foreseen.reply.accepted}, {"message", foreseen.reply.message}}},
          {"gates", plan_gates_json(state, proposal.request, foreseen.stages, now)},
          {"stages", std::move(stages)},
          {"expected_ms", expected},
          {"changes", changes_json(state, proposal.request.bound)},
          {"capacity", capacity_json(state, proposal.request.bound, sight)},
          {"judge", judge_json(state, proposal.request.bound, foreseen.stages, users)},
          {"warnings", warnings(state, proposal.request.bound, foreseen.stages, users)},
          {"way_back", way_back(state, foreseen.stages)},
          {"rollback_target", stable}};
}

}  // namespace slipway::server
