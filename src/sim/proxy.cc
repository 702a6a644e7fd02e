#include "sim/proxy.h"

#include <algorithm>

namespace slipway::sim {

using core::Pool;

void Proxy::apply(const core::Routing& routing) {
  std::array<bool, 2> before{};
  for (const Pool pool : {Pool::a, Pool::b}) before[static_cast<std::size_t>(pool)] = share(pool) > 0;
  std::array<int, 2> owners{owner(Pool::a), owner(Pool::b)};
  held_ = routing;
  ++changes_;
  down_ = false;
  if (routing.canary) lease_ = scene_.wall() + routing.lease;
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

Pool Proxy::serves(Pool pool) const {
  if (held_ && held_->stable == pool && held_->fallback && !works(pool) && works(*held_->fallback))
    return *held_->fallback;
  return pool;
}

int Proxy::owner(Pool pool) const {
  if (!held_ || held_->pool(pool).servers.empty()) return 0;
  return held_->pool(pool).servers.front().instance.deployment;
}

bool Proxy::works(Pool pool) const {
  if (!held_) return false;
  return std::ranges::any_of(held_->pool(pool).servers, [&](const core::Server& server) {
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
