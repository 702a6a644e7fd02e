#pragma once

#include <string>
#include <vector>

#include "sim/engine.h"
#include "sim/proxy.h"
#include "sim/reloads.h"
#include "sim/scene.h"

namespace slipway::sim {

// All that is there whether the daemon lives or not, its journal apart.
struct World {
  World(Scene& on, Engine::Changed changed) : scene(on), engine(on, std::move(changed)), reloads(*this) {
    proxies.reserve(static_cast<std::size_t>(scene.places()));
    for (int i = 0; i < scene.places(); ++i) proxies.emplace_back(scene, engine, i);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Proxy& proxy(int place) { return proxies[static_cast<std::size_t>(place)]; }
  const Proxy& proxy(int place) const { return proxies[static_cast<std::size_t>(place)]; }

  // The daemon's lives are numbered. What an earlier one asked for is answered to nobody.
  bool lives(int which) const { return alive && life == which; }
  // Right now: whatever it is doing comes to nothing.
  void kill_daemon() { alive = false; }

  std::string boot_id() const { return "boot " + std::to_string(boots); }

  Scene& scene;
  Engine engine;
  std::vector<Proxy> proxies;  // by place
  Reloads reloads;             // of all of them: they are one HAProxy
  Duration proxy_back{};       // it is being restarted until then
  int boots = 1;
  int life = 0;
  bool alive = false;
};

}  // namespace slipway::sim
