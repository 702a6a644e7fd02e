#include "server/experiences.h"

#include <algorithm>

#include "drivers/traffic/haproxy_config.h"

namespace slipway::server {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

// From `length` before `now`, but not from before `since`; one second at least.
double seconds_known(Time since, Time now, Duration length) {
  const Duration known = std::clamp(Duration(floor<seconds>(now) - since), one_second, length);
  return double(known.count()) / double(one_second.count());
}

std::map<core::Pool, int> owners_of(const core::TargetState& state) {
  std::map<core::Pool, int> owners;
  for (const core::Fleet* fleet : fleets_of(state)) owners[fleet->pool] = fleet->deployment;
  return owners;
}

}  // namespace

std::vector<const core::Fleet*> fleets_of(const core::TargetState& state) {
  std::vector<const core::Fleet*> fleets;
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet) fleets.push_back(&**fleet);
  return fleets;
}

Duration memory_of(const core::TargetState& state) {
  constexpr Duration shown{70'000};
  Duration longest{};
  if (!state.deployment) return shown;
  for (const core::Fleet* fleet : fleets_of(state))
    for (const judge::Trigger& trigger : fleet->bound.rollback_triggers)
      longest = std::max(longest, trigger.duration);
  return longest + shown;
}

void Experiences::assign(const core::TargetState& state) {
  owners_[state.target] = owners_of(state);
}

bool Experiences::assigns(const core::TargetState& state) const {
  const auto known = owners_.find(state.target);
  return known == owners_.end() || known->second != owners_of(state);
}

int Experiences::owner(const core::Target& target, core::Pool pool) const {
  const auto known = owners_.find(target);
  if (known == owners_.end()) return 0;
  const auto owner = known->second.find(pool);
  return owner == known->second.end() ? 0 : owner->second;
}

void Experiences::add(const Batch& batch, Time second) {
  if (batch.backends.empty()) return;
  for (const auto& [target, pools] : owners_) {
    for (const auto& [pool, deployment] : pools) {
      const auto backend = batch.backends.find(drivers::haproxy::backend_name(target, pool));
      if (backend == batch.backends.end()) continue;
      Known& kept = known(target, deployment, second);
      kept.since = std::min(kept.since, second);
      for (const auto& [asked, cells] : backend->second.cells)
        for (const auto& [slot, cell] : cells) kept.experience.add(second, slot, cell);
    }
  }
}

void Experiences::observe(const Targets& targets, Time now) {
  for (const auto& [target, state] : targets)
    for (const core::Fleet* fleet : fleets_of(state))
      if (!fleet->stopping)
        known(target, fleet->deployment, now)
            .experience.observe(now, fleet->healthy(), int(fleet->instances.size()));
}

void Experiences::forget(const Targets& targets, Time now) {
  for (auto at = known_.begin(); at != known_.end();) {
    const auto state = targets.find(at->first);
    if (state == targets.end()) {
      at = known_.erase(at);
      continue;
    }
    const auto fleets = fleets_of(state->second);
    std::erase_if(at->second, [&](const auto& entry) {
      return std::ranges::none_of(fleets,
                                  [&](const core::Fleet* fleet) { return fleet->deployment == entry.first; });
    });
    const Time detail = now - memory_of(state->second);
    // A step is judged by all that was seen of it, however long it takes.
    const auto& deployment = state->second.deployment;
    const Time any = deployment && deployment->exposed ? std::min(detail, *deployment->exposed) : detail;
    for (auto& [number, kept] : at->second) {
      kept.experience.condense_before(detail);
      kept.experience.forget_before(any);
    }
    ++at;
  }
}

const judge::Experience& Experiences::of(const core::Target& target, int deployment) const {
  static const judge::Experience nothing;
  const Known* kept = find(target, deployment);
  return kept == nullptr ? nothing : kept->experience;
}

Arm Experiences::arm(const core::Target& target, int deployment, Time now) const {
  constexpr Duration minute{60'000};
  constexpr int seconds_shown = 30;
  const Known* kept = find(target, deployment);
  const judge::Experience& experience = of(target, deployment);
  const Time end = floor<seconds>(now);
  const judge::Cell sum = experience.sum(end - minute, end);
  Arm arm;
  arm.requests = sum.requests;
  if (kept != nullptr)
    arm.requests_per_second = double(sum.requests) / seconds_known(kept->since, now, minute);
  if (sum.requests > 0) arm.errors = double(sum.errors) / double(sum.requests);
  arm.mean_ms = sum.times.mean();
  arm.p50 = sum.times.quantile(0.5);
  arm.p90 = sum.times.quantile(0.9);
  arm.p99 = sum.times.quantile(0.99);
  for (int i = seconds_shown; i > 0; --i) {
    const Time from = end - i * one_second;
    const judge::Cell cell = experience.sum(from, from + one_second);
    arm.seconds.push_back({from, cell.requests, cell.errors, cell.times.quantile(0.99)});
  }
  return arm;
}

double Experiences::rate(const core::Target& target, int deployment, Time now) const {
  constexpr Duration window{10'000};
  const Known* kept = find(target, deployment);
  if (kept == nullptr) return 0;
  const Time end = floor<seconds>(now);
  return double(kept->experience.sum(end - window, end).requests) / seconds_known(kept->since, now, window);
}

const Experiences::Known* Experiences::find(const core::Target& target, int deployment) const {
  const auto at = known_.find(target);
  if (at == known_.end()) return nullptr;
  const auto kept = at->second.find(deployment);
  return kept == at->second.end() ? nullptr : &kept->second;
}

Experiences::Known& Experiences::known(const core::Target& target, int deployment, Time now) {
  return known_[target].try_emplace(deployment, Known{floor<seconds>(now), {}}).first->second;
}

}  // namespace slipway::server
