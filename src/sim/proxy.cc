#include "sim/proxy.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace slipway::sim {

using core::Pool;

namespace {

// Slot by slot: a new server takes the place of the old one, and those that are left over stay.
void fill(std::vector<core::Server>& servers, const std::vector<core::Server>& wanted) {
  std::map<int, core::Server> slots;
  for (const core::Server& server : servers) slots[server.instance.ordinal] = server;
  for (const core::Server& server : wanted) slots[server.instance.ordinal] = server;
  servers.clear();
  for (const auto& [ordinal, server] : slots) servers.push_back(server);
}

// What `held` is when it was told `wanted`, and got so far.
core::Routing on_the_way(const core::Routing& held, const core::Routing& wanted, Proxy::Extent extent) {
  using Extent = Proxy::Extent;
  if (extent == Extent::all) return wanted;
  core::Routing routing = held;
  for (const Pool pool : {Pool::a, Pool::b}) fill(routing.pool(pool).servers, wanted.pool(pool).servers);
  if (extent >= Extent::stable) {
    routing.stable = wanted.stable;
    routing.fallback = wanted.fallback;
    routing.previewed = wanted.previewed;
  }
  if (extent >= Extent::canary) {
    // Nobody is to meet another canary by the weight of the one before.
    if (held.canary != wanted.canary || held.salt != wanted.salt) routing.weight = 0;
    routing.canary = wanted.canary;
    routing.salt = wanted.salt;
    routing.lease = wanted.lease;
  }
  if (extent >= Extent::weight) routing.weight = wanted.weight;
  return routing;
}

// What of a routing stands in the configuration; all else, the proxy is told.
core::Routing structure_of(core::Routing routing) {
  routing.stable = routing.canary = routing.fallback = routing.previewed = std::nullopt;
  routing.weight = 0;
  routing.lease = {};
  routing.salt.clear();
  routing.a.servers.clear();
  routing.b.servers.clear();
  routing.slots = 0;  // there is room for more than a plan's releases have
  return routing;
}

// Whom a weight means: the first so many of all hashes.
std::uint64_t chosen(int place, const core::Routing& routing) {
  std::uint64_t users = 0;
  for (int user = 0; user < Proxy::users; ++user) {
    const std::uint64_t hash =
        mix({static_cast<std::uint64_t>(place), static_cast<std::uint64_t>(user), mix(routing.salt)});
    if (hash % 10'000 < static_cast<std::uint64_t>(routing.weight) * 100) users |= std::uint64_t{1} << user;
  }
  return users;
}

}  // namespace

// The driver compares with what it has written.
bool Proxy::reloads_for(const core::Routing& routing) const {
  return !kept_ || structure_of(*kept_) != structure_of(routing);
}

void Proxy::apply(const core::Routing& routing, Time lease, Extent extent) {
  behind_.reset();
  taken_back_ = false;
  if (routing.canary && extent >= Extent::canary) lease_ = lease;
  hold(held_ ? on_the_way(*held_, routing, extent) : routing);
  kept_ = held_;
  down_ = false;
}

void Proxy::take_back() {
  behind_.reset();
  taken_back_ = true;
  if (kept_) return hold(*kept_);
  held_.reset();
  chosen_ = 0;
  ++changes_;
}

void Proxy::fall_behind(const core::Routing& then) {
  const core::Routing now = *held_;
  core::Routing routing = now;
  routing.stable = then.stable;
  routing.canary = then.canary;
  routing.fallback = then.fallback;
  routing.previewed = then.previewed;
  routing.weight = then.weight;
  routing.salt = then.salt;
  hold(routing);
  behind_ = now;
}

void Proxy::catch_up() {
  if (const auto now = std::exchange(behind_, std::nullopt)) hold(*now);
}

void Proxy::hold(core::Routing routing) {
  std::array<bool, 2> before{};
  for (const Pool pool : {Pool::a, Pool::b}) before[static_cast<std::size_t>(pool)] = share(pool) > 0;
  std::array<int, 2> owners{owner(Pool::a), owner(Pool::b)};
  held_ = std::move(routing);
  ++changes_;
  chosen_ = held_->canary ? chosen(place_, *held_) : 0;
  for (const Pool pool : {Pool::a, Pool::b}) {
    const auto i = static_cast<std::size_t>(pool);
    if (!before[i] || share(pool) > 0) continue;
    Draw draw =
        scene_.draw("requests", static_cast<std::uint64_t>(place_), static_cast<std::uint64_t>(++leavings_));
    const Engine& engine = engine_;
    const auto& processes = engine.processes();
    const auto found = std::ranges::find_if(processes, [&](const auto& entry) {
      return entry.first.first == place_ && entry.first.second.deployment == owners[i];
    });
    const bool holds =
        found != processes.end() && scene_.is(Entry::Kind::holds_requests, place_, found->second.revision);
    ends_[i] = scene_.now() + (holds ? draw.time(3000, 9000) : draw.time(0, 800));
    left_[owners[i]] = {scene_.now(), ends_[i]};
  }
}

void Proxy::renew(Time until) {
  if (!held_ || !held_->canary) return;
  lease_ = until;
}

bool Proxy::canary_has_users() const {
  return !down_ && held_ && held_->canary && held_->weight > 0 && lease_ > scene_.wall();
}

int Proxy::share(Pool pool) const {
  if (down_ || !held_) return 0;
  const int canary = canary_has_users() ? held_->weight : 0;
  int share = 0;
  if (held_->canary == pool) share += canary;
  if (held_->stable == pool) share += 100 - canary;
  return share;
}

int Proxy::count(Pool pool) const {
  if (down_ || !held_) return 0;
  const int canary = canary_has_users() ? std::popcount(chosen_) : 0;
  return (held_->canary == pool ? canary : 0) + (held_->stable == pool ? users - canary : 0);
}

std::uint64_t Proxy::meeting(int deployment) const {
  if (down_ || !held_) return 0;
  const std::uint64_t canary = canary_has_users() ? chosen_ : 0;
  std::uint64_t meeting = 0;
  if (held_->canary && owner(*held_->canary) == deployment) meeting |= canary;
  if (held_->stable && owner(*held_->stable) == deployment) meeting |= ~canary;
  return meeting;
}

Pool Proxy::serves(Pool pool) const {
  if (held_ && held_->stable == pool && held_->fallback && !works(pool) && works(*held_->fallback))
    return *held_->fallback;
  return pool;
}

int Proxy::owner(Pool pool) const {
  if (!held_ || held_->pool(pool).servers.empty()) return 0;
  return held_->pool(pool).servers.front().instance.deployment;
}

bool Proxy::finds_up(const core::Server& server) const {
  const Engine::Process* process = engine_.find(place_, server.instance);
  return process != nullptr && process->healthy && process->port == server.port && !server.refused &&
         !scene_.is(Entry::Kind::shunned, place_, process->revision) &&
         !scene_.window(Entry::Kind::checks_hang, place_);
}

bool Proxy::works(Pool pool) const {
  return held_ && std::ranges::any_of(held_->pool(pool).servers,
                                      [&](const core::Server& server) { return finds_up(server); });
}

bool Proxy::answers(Pool pool) const {
  if (!held_) return false;
  const core::PoolRouting& its = held_->pool(pool);
  const auto up =
      std::ranges::count_if(its.servers, [&](const core::Server& server) { return finds_up(server); });
  if (up * 100 >= its.panic * std::ssize(its.servers)) return up > 0;
  return std::ranges::any_of(its.servers, [&](const core::Server& server) {
    const Engine::Process* process = engine_.find(place_, server.instance);
    return process != nullptr && process->healthy && process->port == server.port;
  });
}

std::optional<Proxy::Leaving> Proxy::leaving(int deployment) const {
  const auto found = left_.find(deployment);
  return found == left_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Duration> Proxy::in_flight_until(Pool pool) const {
  if (share(pool) > 0) return std::nullopt;
  return ends_[static_cast<std::size_t>(pool)];
}

}  // namespace slipway::sim
