#include <algorithm>

#include "core/turn.h"

// What the proxy itself makes of the instances: it has checks of its own, and users go where they pass.
namespace slipway::core {
namespace {

// The releases that users are on, or would be.
bool has_users(const TargetState& state, const Fleet& fleet) {
  const auto& wanted = state.traffic.wanted;
  return wanted && (wanted->stable == fleet.pool || (wanted->canary == fleet.pool && wanted->weight > 0));
}

bool is_up(const Fleet& fleet) {
  return std::ranges::any_of(fleet.instances,
                             [](const Instance& i) { return i.seen == Seen::up && !i.says_no; });
}

std::string why_down(const Fleet& fleet) {
  std::string text;
  for (const Instance& instance : fleet.instances)
    if (instance.seen == Seen::down || instance.says_no)
      text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", instance.name.text(),
                          instance.says_no ? instance.detail : instance.seen_detail);
  return text;
}

void note_change(Turn& turn, const Fleet& fleet, const Instance& instance, Seen before) {
  if (instance.seen == Seen::down && instance.health == Health::healthy)
    turn.note("instance {} of {} is down to the proxy, and healthy to the daemon: {}", instance.name.text(),
              fleet.release.version, instance.seen_detail);
  else if (before == Seen::down && instance.seen == Seen::up && instance.health == Health::healthy)
    turn.note("instance {} of {} is up to the proxy again", instance.name.text(), fleet.release.version);
}

}  // namespace

bool panics(const Fleet& fleet) {
  const auto up = std::ranges::count_if(fleet.instances,
                                        [](const Instance& i) { return i.seen != Seen::down && !i.says_no; });
  return up * 100 < fleet.bound.run.health.panic * std::ssize(fleet.instances);
}

std::string describe_panic(const TargetState& state, const Fleet& fleet) {
  const auto& wanted = state.traffic.wanted;
  for (const auto* other : {&state.stable, &state.canary, &state.previous}) {
    if (!*other || is_up(fleet) || !wanted || !is_up(**other)) continue;
    const bool serves =
        wanted->stable == fleet.pool ? wanted->fallback == (*other)->pool : wanted->stable == (*other)->pool;
    if (serves)
      return fmt::format("no instance of {} is up to the proxy, so its users are given to {}: {}",
                         fleet.release.version, (*other)->release.version, why_down(fleet));
  }
  return fmt::format(
      "fewer than {} % of the instances of {} are up to the proxy, so all of them get requests: {}",
      fleet.bound.run.health.panic, fleet.release.version, why_down(fleet));
}

std::set<int> panicking(const TargetState& state) {
  std::set<int> deployments;
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet && panics(**fleet)) deployments.insert((*fleet)->deployment);
  return deployments;
}

void tell_of_panic(Turn& turn, const std::set<int>& before) {
  const TargetState& state = turn.state();
  const std::set<int> now = panicking(state);
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous}) {
    if (!*fleet || !has_users(state, **fleet)) continue;
    const Fleet& its = **fleet;
    if (before.contains(its.deployment) == now.contains(its.deployment)) continue;
    if (!now.contains(its.deployment)) {
      turn.note("enough instances of {} are up to the proxy again: only those get requests",
                its.release.version);
      continue;
    }
    const std::string what = describe_panic(state, its);
    turn.note("{}", what);
    if (fleet == &state.stable) alert(turn, what);
  }
}

void take(Turn& turn, const ServersObserved& event) {
  TargetState& state = turn.state();
  const std::set<int> before = panicking(state);
  for (auto* fleet : {&state.stable, &state.canary, &state.previous}) {
    if (!*fleet) continue;
    for (Instance& instance : (*fleet)->instances) {
      const auto word = std::ranges::find(event.words, instance.name, &ServersObserved::Word::instance);
      if (word == event.words.end()) continue;
      const Seen was = std::exchange(instance.seen, word->up ? Seen::up : Seen::down);
      instance.seen_detail = word->up ? "" : word->detail;
      if (was != instance.seen) note_change(turn, **fleet, instance, was);
    }
  }
  const bool verifying = state.deployment && state.deployment->stage().kind == Stage::Kind::verify;
  if (verifying && state.stable && !is_up(*state.stable)) state.deployment->unserved = true;
  tell_of_panic(turn, before);
}

void servers_unchecked(Turn& turn, const std::vector<InstanceName>& unchecked) {
  TargetState& state = turn.state();
  for (auto* fleet : {&state.stable, &state.canary, &state.previous}) {
    if (!*fleet) continue;
    for (Instance& instance : (*fleet)->instances)
      if (instance.seen == Seen::up && std::ranges::find(unchecked, instance.name) != unchecked.end())
        instance.seen = Seen::unchecked;
  }
}

bool would_be_served_without(const TargetState& state, const Fleet& leaving) {
  // Who never had users can't serve them either.
  if (!state.deployment || state.deployment->force || !state.deployment->exposed || !state.traffic.wanted ||
      !state.traffic.wanted->stable)
    return true;
  for (const auto* fleet : {&state.stable, &state.previous}) {
    if (!*fleet || (*fleet)->pool != state.traffic.wanted->stable || &**fleet == &leaving) continue;
    return is_up(**fleet) || !is_up(leaving);
  }
  return true;
}

}  // namespace slipway::core
