#include <algorithm>
#include <functional>
#include <utility>

#include "sim/meddling.h"

// What a core could get wrong: the step is taken, and something else is returned.
namespace slipway::sim {
namespace {

using Kind = core::Stage::Kind;

// Changes the state before the step, what came of it, or both.
Interference stepping(std::function<void(core::TargetState&, const core::Event&)> before,
                      std::function<void(const core::TargetState&, core::Step&)> after) {
  Interference interference;
  interference.step = [before = std::move(before), after = std::move(after)](
                          core::TargetState state, const core::Event& event, Time now) {
    if (before) before(state, event);
    const core::TargetState known = state;
    core::Step step = core::step(std::move(state), event, now);
    if (after) after(known, step);
    return step;
  };
  return interference;
}

bool is_at(const core::TargetState& state, Kind kind) {
  return state.deployment && !state.deployment->undoing && state.deployment->stage().kind == kind;
}

// As if it had lasted for so long already.
void let_pass(core::TargetState& state) {
  state.deployment->entered -= state.deployment->stage().duration;
}

Interference ends_holds_early() {
  return stepping(
      [](core::TargetState& state, const core::Event& event) {
        if (is_at(state, Kind::hold) && std::holds_alternative<core::InstanceObserved>(event))
          let_pass(state);
      },
      nullptr);
}

Interference retires_early() {
  return stepping(
      [](core::TargetState& state, const core::Event& event) {
        if (is_at(state, Kind::bake) && std::holds_alternative<core::VerdictChanged>(event)) let_pass(state);
      },
      nullptr);
}

Interference swaps_roles_before_the_proxy_does() {
  return stepping(nullptr, [](const core::TargetState&, core::Step& step) {
    if (!is_at(step.state, Kind::promote) || step.state.traffic.settled()) return;
    step.state.traffic.applied = step.state.traffic.wanted;
    step.state.traffic.sent.reset();
    step.state.traffic.open.reset();
  });
}

Interference skips_smoke_tests() {
  return stepping(
      [](core::TargetState& state, const core::Event&) {
        if (is_at(state, Kind::smoke)) state.deployment->effect_done = true;
      },
      nullptr);
}

Interference skips_the_drain() {
  return stepping(
      [](core::TargetState& state, const core::Event&) {
        if (state.deployment && state.deployment->stage().kind == Kind::drain_canary)
          state.deployment->effect_done = true;
      },
      nullptr);
}

Interference goes_on_with_too_few() {
  return stepping(
      [](core::TargetState& state, const core::Event&) {
        if (state.deployment && !state.deployment->undoing && state.canary)
          for (core::Instance& instance : state.canary->instances) instance.health = core::Health::healthy;
      },
      nullptr);
}

Interference ends_without_a_cause() {
  return stepping(nullptr, [](const core::TargetState&, core::Step& step) {
    for (core::DeploymentRecord& record : step.records)
      if (record.ended) record.cause.clear();
  });
}

Interference forgets_what_is_queued() {
  return stepping(
      [](core::TargetState& state, const core::Event&) {
        if (state.deployment && state.deployment->undoing) state.queued.reset();
      },
      nullptr);
}

Interference drops_an_effect() {
  return stepping(nullptr, [](const core::TargetState&, core::Step& step) {
    if (step.state.events % 13 == 7 && !step.effects.empty()) step.effects.pop_back();
  });
}

Interference returns_nobody() {
  return stepping(nullptr, [](const core::TargetState&, core::Step& step) {
    for (core::Effect& effect : step.effects)
      if (auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
          apply != nullptr && step.state.deployment && step.state.deployment->undoing && step.state.canary &&
          apply->routing.weight == 0 && step.state.traffic.applied)
        apply->routing = *step.state.traffic.applied;
  });
}

// What the proxy can't be told without a reload differs while users are on the canary.
Interference takes_a_reload_for_the_way_back() {
  static constexpr char spoilt = '!';
  Interference interference;
  interference.step = [](core::TargetState state, const core::Event& event, Time now) {
    const auto mend = [](std::optional<core::Routing>& routing) {
      if (routing && routing->preview.ends_with(spoilt)) routing->preview.pop_back();
    };
    const auto spoil = [](core::Routing& routing) {
      if (routing.weight > 0) routing.preview += spoilt;
    };
    for (auto* routing : {&state.traffic.wanted, &state.traffic.applied, &state.traffic.sent}) mend(*routing);
    core::Step step = core::step(std::move(state), event, now);
    core::Traffic& traffic = step.state.traffic;
    for (auto* routing : {&traffic.wanted, &traffic.applied, &traffic.sent})
      if (*routing) spoil(**routing);
    for (core::Effect& effect : step.effects)
      if (auto* apply = std::get_if<core::ApplyRouting>(&effect.body)) spoil(apply->routing);
    return step;
  };
  return interference;
}

// As if the proxy had found all of them up.
Interference ignores_what_the_proxy_says() {
  return stepping(
      [](core::TargetState& state, const core::Event&) {
        for (auto* fleet : {&state.stable, &state.canary, &state.previous})
          if (*fleet)
            for (core::Instance& instance : (*fleet)->instances) instance.seen = core::Seen::up;
      },
      nullptr);
}

Interference knows_no_panic() {
  return stepping(
      [](core::TargetState& state, const core::Event&) {
        for (auto* fleet : {&state.stable, &state.canary, &state.previous})
          if (*fleet) (*fleet)->bound.run.health.panic = 0;
      },
      nullptr);
}

Interference refuses_without_a_reason() {
  return stepping(nullptr, [](const core::TargetState&, core::Step& step) {
    if (!step.reply.accepted) step.reply.message.clear();
  });
}

}  // namespace

std::vector<Bug> mistakes_of_steps() {
  return {
      {"ends holds early", {"hold", "judged"}, ends_holds_early},
      {"retires early", {"bake"}, retires_early},
      {"swaps roles before the proxy does", {"applied"}, swaps_roles_before_the_proxy_does},
      {"skips smoke tests", {"tested"}, skips_smoke_tests},
      {"skips the drain", {"drained"}, skips_the_drain},
      {"goes on with too few instances", {"capacity", "tested", "ends"}, goes_on_with_too_few},
      {"ends a deployment without a cause", {"cause"}, ends_without_a_cause},
      {"forgets what is queued", {"forgotten"}, forgets_what_is_queued},
      {"drops an effect", {"ends", "left-behind"}, drops_an_effect},
      {"returns nobody", {"applied", "home", "prompt"}, returns_nobody},
      {"takes a reload for the way back", {"unhindered"}, takes_a_reload_for_the_way_back},
      {"ignores what the proxy says of its servers", {"served", "capacity"}, ignores_what_the_proxy_says},
      {"knows no panic", {"everywhere"}, knows_no_panic},
      {"refuses without a reason", {"reason"}, refuses_without_a_reason},
  };
}

}  // namespace slipway::sim
