#include <algorithm>

#include "core/turn.h"

namespace slipway::core {
namespace {

std::vector<Server> servers(const Fleet& fleet) {
  // What was started before there was a `host` keeps the health that it was started with.
  const bool heard = !fleet.bound.run.health.host.empty();
  std::vector<Server> result;
  for (const Instance& instance : fleet.instances)
    if (instance.port != 0) result.push_back({instance.name, instance.port, heard && instance.says_no});
  return result;
}

const Fleet* in_pool(const TargetState& state, Pool pool) {
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet && (*fleet)->pool == pool) return &**fleet;
  return nullptr;
}

// A release that users have been on is better than none; one that they haven't met isn't, whatever becomes of
// stable.
std::optional<Pool> fallback(const TargetState& state, std::optional<Pool> stable, int weight) {
  if (!stable) return std::nullopt;
  const Pool other = *stable == Pool::a ? Pool::b : Pool::a;
  const Fleet* fleet = in_pool(state, other);
  if (fleet == nullptr || fleet->leaving) return std::nullopt;
  const bool is_canary = state.canary && state.canary->pool == other;
  if (is_canary && weight == 0) return std::nullopt;
  return other;
}

}  // namespace

Routing routing(const TargetState& state, std::optional<Pool> stable, int weight) {
  Routing result;
  if (state.traffic.wanted) result = *state.traffic.wanted;
  result.stable = stable;
  result.weight = weight;
  result.fallback = fallback(state, stable, weight);
  result.canary.reset();
  if (weight > 0 && state.canary) {
    result.canary = state.canary->pool;
    result.lease = state.canary->bound.strategy.lease;
    result.salt = fmt::format("{}#{}", state.target.text(), state.canary->deployment);
  }
  // Users meet the address of the release that they are on; before there is one, the first one's.
  const Fleet* answering = stable ? in_pool(state, *stable) : nullptr;
  if (answering == nullptr && !state.traffic.wanted && state.canary) answering = &*state.canary;
  // On the way back nothing may stand in the way, and least of all a reload: the address stays what it is
  // until users are back.
  const bool back = state.deployment && state.deployment->undoing;
  const bool returning = back && state.deployment->stage().kind == Stage::Kind::return_users;
  if (answering != nullptr && !(returning && promoted(*state.deployment)))
    result.listen = answering->bound.listen;
  // How users are told apart, and where one looks at what they don't see yet, is the new release's to say; it
  // is also what the proxy can't be told without a reload. So on the way back both stay as the proxy has
  // them. Where that isn't known: as the proxy had them when users were sent to the new release, or as they
  // were before, if none were.
  const Fleet* newest = state.canary ? &*state.canary : answering;
  if (back && state.traffic.applied) {
    result.preview = state.traffic.applied->preview;
    result.sticky = state.traffic.applied->sticky;
  } else if (back && state.deployment->exposed) {
    // They are what is wanted already.
  } else if (const Fleet* said = back ? answering : newest; said != nullptr) {
    result.preview = said->bound.preview;
    result.sticky = said->bound.sticky;
  }
  result.previewed.reset();
  if (state.canary && !state.canary->leaving && state.canary->pool != stable)
    result.previewed = state.canary->pool;
  for (const Pool pool : {Pool::a, Pool::b}) {
    const Fleet* fleet = in_pool(state, pool);
    result.pool(pool).servers.clear();
    if (fleet == nullptr || fleet->leaving) continue;
    const HealthCheck& health = fleet->bound.run.health;
    result.pool(pool) = {.servers = servers(*fleet),
                         .health_path = health.path,
                         .health_host = health.host,
                         .health_interval = health.interval,
                         .health_timeout = health.timeout,
                         .health_status = health.expect.status,
                         .panic = health.panic};
    result.slots = std::max(result.slots, fleet->bound.run.instances);
  }
  return result;
}

void refresh_servers(Turn& turn) {
  auto& wanted = turn.state().traffic.wanted;
  if (!wanted) return;
  for (const Pool pool : {Pool::a, Pool::b}) {
    const Fleet* fleet = in_pool(turn.state(), pool);
    const bool known = wanted->stable == pool || !wanted->pool(pool).servers.empty();
    if (fleet != nullptr && known && !fleet->leaving) wanted->pool(pool).servers = servers(*fleet);
  }
}

namespace {

// Users who are to leave the deployment don't wait for what the proxy was told before: that may wait for a
// reload, for minutes.
bool overtakes(const TargetState& state) {
  const Traffic& traffic = state.traffic;
  if (!traffic.open || traffic.sent == traffic.wanted || !state.deployment || !state.deployment->undoing ||
      state.deployment->stage().kind != Stage::Kind::return_users)
    return false;
  const Fleet* left = fleet_of(state);
  return left != nullptr && traffic.wanted->weight == 0 && traffic.wanted->stable != left->pool;
}

}  // namespace

void settle_traffic(Turn& turn) {
  TargetState& state = turn.state();
  Traffic& traffic = state.traffic;
  if (state.rebooted) {
    const bool waiting = state.stable && state.stable->healthy() < state.stable->bound.run.instances &&
                         turn.now < *state.rebooted + state.stable->bound.run.health.grace;
    if (waiting) return;
    state.rebooted.reset();
  }
  if (overtakes(state)) {
    traffic.open.reset();  // its outcome no longer matters
    traffic.applied.reset();
  }
  if (traffic.open || traffic.settled() || !traffic.wanted) return;
  if (traffic.retry_at && turn.now < *traffic.retry_at) return;
  traffic.sent = traffic.wanted;
  traffic.open = turn.emit(ApplyRouting{*traffic.wanted});
  traffic.retry_at.reset();
}

void traffic_ended(Turn& turn, const Outcome& outcome) {
  TargetState& state = turn.state();
  Traffic& traffic = state.traffic;
  traffic.open.reset();
  if (outcome.status == Outcome::Status::done) {
    if (traffic.failures > 0) turn.note("the proxy could be told again");
    servers_unchecked(turn, outcome.unchecked);
    traffic.applied = std::move(traffic.sent);
    traffic.sent.reset();
    traffic.failures = 0;
    traffic.problem.clear();
    return;
  }
  const bool still_wanted = traffic.sent == traffic.wanted;
  traffic.sent.reset();
  if (outcome.status == Outcome::Status::unavailable && !still_wanted) {
    // Another word than the one that failed needn't wait, and may well be heard.
    traffic.applied.reset();
    return;
  }
  traffic.failures += 1;
  traffic.problem = outcome.message;
  const bool forward = state.deployment && !state.deployment->undoing && !promoted(*state.deployment);
  if (outcome.status == Outcome::Status::failed && forward) {
    // Nothing was changed by this try. What the proxy holds is known unless a try before it had an unknown
    // end: then it is told again, on the way back, where users belong.
    const bool known = traffic.applied || (traffic.failures == 1 && !state.stable);
    if (known) traffic.wanted = traffic.applied;
    traffic.failures = 0;
    undo(turn, state.stable ? OutcomeKind::aborted : OutcomeKind::failed, outcome.message);
    return;
  }
  if (outcome.status == Outcome::Status::unavailable) traffic.applied.reset();
  traffic.retry_at = turn.now + backoff(traffic.failures);
  if (traffic.failures == 1) turn.note("the proxy could not be told: {}; trying again", outcome.message);
}

}  // namespace slipway::core
