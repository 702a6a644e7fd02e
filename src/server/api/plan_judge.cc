#include "server/api/plan_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "judge/foresight.h"
#include "server/sampling.h"

namespace slipway::server {
namespace {

using Kind = core::Stage::Kind;

// Where some users are on the new release and some on the old: only there are they compared.
bool compares(const core::Stage& stage) {
  return stage.kind == Kind::hold && stage.weight < 100;
}

// Why nothing will be compared; empty where it will.
std::string reason_not_to(const core::TargetState& state, const core::Bound& bound,
                          const std::vector<core::Stage>& stages) {
  if (!state.stable)
    return "not judged: there is no release yet to compare the first one with; health and smoke tests watch "
           "it";
  if (!bound.strategy.compared)
    return "not judged: `judge: none`; health, smoke tests and rollback triggers watch it";
  if (bound.strategy.judge.literal)
    return "not judged against stable: literal is set; health, smoke tests and rollback triggers watch it";
  if (std::ranges::none_of(stages, compares))
    return "not judged against stable: all users move at once; health, smoke tests and rollback triggers "
           "watch "
           "it";
  return "";
}

// All users of the target, on either release, a second.
double flow(const Impression& users) {
  double all = 0;
  for (const auto& arm : {users.stable, users.canary})
    if (arm) all += arm->requests_per_second;
  return all;
}

judge::Outlook look_ahead(const std::vector<core::Stage>& stages, const Impression& users) {
  judge::Outlook outlook;
  const double all = flow(users);
  int sampled = one_in_at_rest;
  for (const core::Stage& stage : stages) {
    if (!compares(stage)) continue;
    const double canary = all * stage.weight / 100;
    const double stable = all - canary;
    sampled = one_in({.stable = stable, .canary = canary}, sampled);
    const double recorded = canary + stable / sampled;
    // Later steps have more: of stable, about as many are recorded as the canary has.
    if (outlook.steps.empty()) outlook.requests_per_minute = recorded * 60;
    outlook.steps.push_back({recorded > 0 ? canary / recorded : 0, stage.duration});
  }
  if (users.stable && users.stable->errors) outlook.base_errors = *users.stable->errors;
  return outlook;
}

// How long users are on the new release before the old one can't take them back by one switch.
Duration watched(const std::vector<core::Stage>& stages) {
  Duration all{};
  for (const core::Stage& stage : stages)
    if (stage.kind == Kind::hold || stage.kind == Kind::bake) all += stage.duration;
  return all;
}

}  // namespace

std::string how_users_are_known(const core::Sticky& sticky) {
  std::string by = !sticky.cookie.empty()   ? "the cookie " + sticky.cookie
                   : !sticky.header.empty() ? "the header " + sticky.header
                                            : "a cookie that the proxy sets for browsers";
  return fmt::format("known again by {}; {}", by,
                     sticky.drawn ? "a request without it is given a release by itself"
                                  : "without it, all who come from one address are one user");
}

Json judge_json(const core::TargetState& state, const core::Bound& bound,
                const std::vector<core::Stage>& stages, const Impression& users) {
  if (stages.empty()) return nullptr;
  Json json{{"judged", false},
            {"users", how_users_are_known(bound.sticky)},
            {"text", reason_not_to(state, bound, stages)},
            {"forecasts", Json::array()},
            {"requests_per_minute", std::llround(flow(users) * 60)}};
  if (!json["text"].get<std::string>().empty()) return json;
  json["judged"] = true;
  if (flow(users) <= 0) {
    json["text"] = "no traffic was seen in the last minute: what would be caught isn't known beforehand";
    return json;
  }
  const judge::Outlook outlook = look_ahead(stages, users);
  const auto forecasts = judge::foresee(outlook, bound.strategy.judge);
  json["text"] = judge::sentence(outlook, forecasts);
  for (const auto& [errors, after] : forecasts)
    json["forecasts"].push_back({{"errors", errors}, {"after_ms", after}});
  return json;
}

std::vector<std::string> warnings(const core::TargetState& state, const core::Bound& bound,
                                  const std::vector<core::Stage>& stages, const Impression& users) {
  std::vector<std::string> list;
  if (stages.empty() || !state.stable) return list;
  const Duration all = watched(stages);
  for (const judge::Trigger& trigger : bound.rollback_triggers)
    if (trigger.duration > all)
      list.push_back(fmt::format(
          "{}: users aren't on the new release for so long, since steps and bake together take {}; give "
          "it a shorter duration, or the strategy a longer bake",
          judge::describe(trigger), format_duration(all)));
  const Json judged = judge_json(state, bound, stages, users);
  if (!judged["forecasts"].empty() && judged["forecasts"].front()["after_ms"].is_null())
    list.emplace_back(
        "with so few users nobody would see even every fifth request fail within these steps: hold them "
        "longer, or "
        "give the first ones more users");
  return list;
}

}  // namespace slipway::server
