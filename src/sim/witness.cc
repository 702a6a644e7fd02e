#include "sim/witness.h"

#include <vector>

namespace slipway::sim {
namespace {

constexpr Duration second_long{1000};
constexpr Duration remembered{40'000};

// Of the deployment that began then, and of no other of that number.
constexpr std::string_view began = "began", heard = "heard";

std::int64_t beginning(const core::TargetState& state) {
  return state.deployment->record.started.time_since_epoch().count();
}

}  // namespace

void Witness::second() {
  const Time now = hooks_.clock();
  const Time last = std::chrono::floor<std::chrono::seconds>(now) - second_long;
  for (const auto& [target, state] : hooks_.targets()) {
    const int place = world_.scene.index(target);
    // At rest nobody is judged, and what is older than a trigger's duration isn't asked for.
    if (!state.deployment)
      users_.forget(place);
    else {
      users_.ask(place, last);
      users_.observe(place, state, last);
    }
    hear(place, state, last);
  }
  users_.forget_before(now - remembered);
  keep_trials();
  // What is said may change what is there to be judged.
  std::vector<core::Target> all;
  for (const auto& [target, state] : hooks_.targets())
    if (state.deployment) all.push_back(target);
  for (const core::Target& target : all) {
    const auto found = hooks_.targets().find(target);
    if (found != hooks_.targets().end()) judge(found->second, now);
  }
}

void Witness::hear(int place, const core::TargetState& state, Time second) {
  const auto plan = core::trial(state);
  if (!plan) {
    hearings_.erase(place);
    disk_.drop_trial(place);
    return;
  }
  judge::Hearing::Sight sight = core::sight(state);
  const core::Arms arms = core::arms(state);
  sight.second = second;
  sight.one_in = 1;
  sight.lost = world_.scene.window(Entry::Kind::telemetry_lost, place);
  sight.canary.experience = &users_.of(place, arms.canary ? arms.canary->deployment : 0);
  sight.stable.experience = &users_.of(place, arms.stable ? arms.stable->deployment : 0);
  if (hooks_.sight) hooks_.sight(sight);
  hearing(place, state, *plan).take(sight);
}

judge::Hearing& Witness::hearing(int place, const core::TargetState& state, const judge::Trial::Plan& plan) {
  const int deployment = state.deployment->record.number;
  const auto known = hearings_.find(place);
  if (known != hearings_.end() && known->second.deployment() == deployment) return known->second;
  if (known != hearings_.end()) hearings_.erase(known);
  const Json kept = Json::parse(disk_.kept_trial(place), nullptr, false);
  if (kept.is_object() && kept.value(began, std::int64_t{0}) == beginning(state))
    if (auto restored = judge::Hearing::restore(deployment, plan, kept.at(heard))) {
      world_.scene.marks.reach("a trial went on from its checkpoint");
      return hearings_.emplace(place, *std::move(restored)).first->second;
    }
  if (state.deployment->exposed) {
    world_.scene.marks.reach("a trial began anew");
    checks_.tried_anew(place, deployment);
  }
  return hearings_.emplace(place, judge::Hearing(deployment, plan)).first->second;
}

// Once all is healed no daemon dies any more, and nobody would read it.
void Witness::keep_trials() {
  constexpr int every = 5;
  if (++seconds_ % every != 0 || world_.scene.healed()) return;
  for (const auto& [place, hearing] : hearings_) {
    const auto found = hooks_.targets().find(world_.scene.place(place).target);
    if (found == hooks_.targets().end() || !found->second.deployment) continue;
    Json checkpoint = hearing.checkpoint();
    if (hooks_.kept) checkpoint = hooks_.kept(found->second, std::move(checkpoint));
    disk_.keep_trial(place, Json{{began, beginning(found->second)}, {heard, std::move(checkpoint)}}.dump());
  }
}

bool Witness::asks(const judge::Trial& trial, judge::Trial::Moment moment) const {
  return seconds_ % every_ == 0 || moment == judge::Trial::Moment::hold_is_over ||
         trial.alarm() != judge::Cause::none;
}

void Witness::judge(const core::TargetState& state, Time now) {
  if (!state.deployment || state.deployment->undoing || hooks_.suspended()) return;
  auto judging = core::duties(state).judging;
  const int deployment = state.deployment->record.number;
  const int place = world_.scene.index(state.target);
  const auto heard = hearings_.find(place);
  if (!judging || judging->deployment != deployment || heard == hearings_.end()) return;
  const judge::Trial::Moment moment = core::moment(*judging, now);
  if (!asks(heard->second.trial(), moment)) return;
  judging->question.exposed = std::max(judging->question.exposed, started_);
  const core::Arms arms = core::arms(state);
  const judge::Evidence evidence =
      heard->second.judge(moment, judging->question, users_.of(place, deployment),
                          users_.of(place, arms.stable ? arms.stable->deployment : 0), now);
  const core::VerdictChanged word{deployment, judge::verdict(evidence)};
  if (!core::is_news(state, word, now)) return;
  const core::Target target = state.target;
  checks_.judged(target, word);
  hooks_.deliver(target, word);
}

}  // namespace slipway::sim
