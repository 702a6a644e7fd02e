#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/effect.h"
#include "sim/engine.h"
#include "sim/scene.h"

namespace slipway::sim {

// What the proxy holds for one target, and so whom its users meet.
class Proxy {
 public:
  Proxy(Scene& scene, const Engine& engine, int place) : scene_(scene), engine_(engine), place_(place) {}

  // How far it gets in what it is told: servers are added, then it is set who stable is, then the canary with
  // its lease, then its weight; servers that are left over are taken away last.
  enum class Extent { servers, stable, canary, weight, all };
  // `lease`: until when the canary has its users, if there is one.
  void apply(const core::Routing& routing, Time lease, Extent extent);
  // It can't be told of this by and by: all of it at once, or nothing.
  bool reloads_for(const core::Routing& routing) const;
  // The driver gave up: what there was is what it goes by, though what was applied runs, until take_back().
  void give_up(std::optional<core::Routing> before) { kept_ = std::move(before); }
  // Comes back with what the driver goes by.
  void take_back();
  bool was_taken_back() const { return taken_back_; }  // and not told anything since then
  // The worker that a reload began doesn't know where users belong since `then`; catch_up() tells it, unless
  // it was told something else meanwhile.
  void fall_behind(const core::Routing& then);
  void catch_up();
  bool behind() const { return behind_.has_value(); }
  void renew(Time until);
  void end_lease() { lease_ = {}; }
  void go_down() { down_ = true; }
  void come_up() { down_ = false; }

  bool up() const { return !down_; }
  int changes() const { return changes_; }  // that were applied
  const std::optional<core::Routing>& held() const { return held_; }
  const std::optional<core::Routing>& kept() const { return kept_; }
  Time lease() const { return lease_; }
  // Sends users to the canary at this moment.
  bool canary_has_users() const;
  // Users, a bit each, who meet the deployment by what is held. By their key, as the proxy does it.
  static constexpr int users = 64;
  std::uint64_t meeting(int deployment) const;
  // How many of them go to the pool.
  int count(core::Pool pool) const;
  // Per cent of users that go to the pool by what is held, if its servers work or not.
  int share(core::Pool pool) const;
  // Who serves what goes to the pool: the fallback, where it has no healthy server.
  core::Pool serves(core::Pool pool) const;
  // The deployment whose instances are in the pool; 0: none.
  int owner(core::Pool pool) const;
  bool works(core::Pool pool) const;  // has a server up
  // Its own check passes; false of an instance that isn't there.
  bool finds_up(const core::Server& server) const;
  // Requests to the pool come to somebody: to those that are up, or, where these are too few, to all.
  bool answers(core::Pool pool) const;
  // When users left a deployment, and when its last request ends.
  struct Leaving {
    Duration left{};
    Duration ends{};
  };
  std::optional<Leaving> leaving(int deployment) const;
  // When the pool's last request ends, as far as is known now. While it has users: no end.
  std::optional<Duration> in_flight_until(core::Pool pool) const;

 private:
  void hold(core::Routing routing);

  Scene& scene_;
  const Engine& engine_;
  int place_;
  bool down_ = false;
  std::optional<core::Routing> held_;
  std::optional<core::Routing> kept_;    // what the driver has written
  std::optional<core::Routing> behind_;  // what a new worker is to be told
  bool taken_back_ = false;
  Time lease_{};
  std::array<Duration, 2> ends_{};
  std::map<int, Leaving> left_;  // by deployment
  int changes_ = 0;
  int leavings_ = 0;
  std::uint64_t chosen_ = 0;  // by their keys: for the canary, while it has users
};

}  // namespace slipway::sim
