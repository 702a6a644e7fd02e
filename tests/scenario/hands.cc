#include "scenario/hands.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace slipway::scenario {
namespace {

bool is_routing(const core::Effect& effect) {
  return std::holds_alternative<core::ApplyRouting>(effect.body);
}

}  // namespace

void Hands::observe(const core::Effect& effect, Seen seen) {
  crashes_.reach({Boundary::Kind::before_look, effect.id.event, effect.id.ordinal});
  const auto done = seen_done_.find(effect.id);
  seen(done == seen_done_.end() ? std::nullopt : std::optional(done->second));
}

void Hands::perform(const core::Effect& effect, Done done) {
  crashes_.reach({Boundary::Kind::before_effect, effect.id.event, effect.id.ordinal});
  if (is_routing(effect)) overtake();
  waiting_.insert_or_assign(effect.id, Waiting{effect, std::move(done)});
}

// A later routing doesn't wait for an earlier one, which changes nothing any more.
void Hands::overtake() {
  const auto earlier =
      std::ranges::find_if(waiting_, [](const auto& entry) { return is_routing(entry.second.effect); });
  if (earlier == waiting_.end()) return;
  const auto overtaken = waiting_.extract(earlier);
  overtaken.mapped().done(core::Outcome::unavailable("another routing was asked for since"));
}

void Hands::answer(const core::EffectId& id, const core::Outcome& outcome) {
  auto found = waiting_.extract(id);
  CHECK(!found.empty());
  const Waiting& waiting = found.mapped();
  if (outcome.status == core::Outcome::Status::done) change_world(waiting.effect, outcome);
  crashes_.reach({Boundary::Kind::after_effect, id.event, id.ordinal});
  waiting.done(outcome);
}

// Whether tests were run, or a drain waited for, leaves nothing behind that could be looked at.
void Hands::change_world(const core::Effect& effect, const core::Outcome& outcome) {
  if (const auto* start = std::get_if<core::StartInstance>(&effect.body)) {
    instances_[start->instance] = outcome.port;
  } else if (const auto* stop = std::get_if<core::StopInstance>(&effect.body)) {
    instances_.erase(stop->instance);
  } else if (const auto* apply = std::get_if<core::ApplyRouting>(&effect.body)) {
    routing_ = apply->routing;
  } else {
    return;
  }
  seen_done_[effect.id] = outcome;
}

void Hands::host_rebooted() {
  waiting_.clear();
  seen_done_.clear();
  instances_.clear();
}

}  // namespace slipway::scenario
