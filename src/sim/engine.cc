#include "sim/engine.h"

#include "base/check.h"

namespace slipway::sim {

using Kind = Entry::Kind;

int Engine::start(int place, const core::StartInstance& what) {
  const Key key{place, what.instance};
  const auto [found, fresh] = processes_.try_emplace(key);
  if (!fresh) return found->second.port;
  found->second = {.port = ++ports_, .revision = what.release.revision, .life = ++lives_[key], .up = true};
  begin(key);
  return found->second.port;
}

void Engine::begin(const Key& key) {
  Process& process = processes_.at(key);
  process.began = scene_.now();
  Draw draw = scene_.draw(
      "start", static_cast<std::uint64_t>(key.first),
      std::uint64_t{1000} * static_cast<unsigned>(key.second.deployment) +
          static_cast<unsigned>(key.second.ordinal),
      std::uint64_t{1000} * static_cast<unsigned>(process.life) + static_cast<unsigned>(process.restarts));
  const int place = key.first;
  if (scene_.is(Kind::keeps_crashing, place, process.revision)) {
    if (process.restarts < 20)
      scene_.in(draw.time(50, 3000), [this, key, life = process.life, restarts = process.restarts] {
        if (!scene_.healed() && same(key, life, restarts) != nullptr) crash(key.first, key.second);
      });
    if (draw.chance(1, 2)) become_healthy(key, draw.time(50, 1000));
    return;
  }
  if (scene_.is(Kind::never_healthy, place, process.revision)) return;
  if (scene_.is(Kind::leaks, place, process.revision)) leak(key, draw.time(4000, 40'000));
  const bool slow = scene_.is(Kind::starts_slowly, place, process.revision);
  become_healthy(key, slow ? draw.time(2000, 40'000) : draw.time(30, 1500));
}

// When its memory is full it answers no more, and is killed for it.
void Engine::leak(const Key& key, Duration full) {
  constexpr Duration dying{1500};
  const Process& process = processes_.at(key);
  const auto later = [&](Duration wait, auto what) {
    scene_.in(wait, [this, key, what, life = process.life, restarts = process.restarts] {
      Process* there = same(key, life, restarts);
      if (there != nullptr && there->up && !scene_.healed()) what(*there);
    });
  };
  later(full, [this, key](Process& there) {
    there.healthy = false;
    changed_(key.first, key.second);
  });
  later(full + dying, [this, key](Process&) {
    scene_.marks.reach("a leaking instance was killed");
    crash(key.first, key.second);
  });
}

Engine::Process* Engine::same(const Key& key, int life, int restarts) {
  const auto found = processes_.find(key);
  if (found == processes_.end() || found->second.life != life || found->second.restarts != restarts)
    return nullptr;
  return &found->second;
}

void Engine::become_healthy(const Key& key, Duration wait) {
  const Process& process = processes_.at(key);
  scene_.in(wait, [this, key, life = process.life, restarts = process.restarts] {
    Process* there = same(key, life, restarts);
    if (there == nullptr || !there->up || there->healthy) return;
    there->healthy = true;
    proven_.insert(key);
    changed_(key.first, key.second);
  });
}

void Engine::stop(int place, const core::InstanceName& name) {
  if (processes_.erase({place, name}) > 0) changed_(place, name);
}

void Engine::lose(int place, const core::InstanceName& name) {
  stop(place, name);
}

void Engine::crash(int place, const core::InstanceName& name) {
  const Key key{place, name};
  const auto found = processes_.find(key);
  if (found == processes_.end() || !found->second.up) return;
  Process& process = found->second;
  process.up = process.healthy = false;
  process.restarts += 1;
  changed_(place, name);
  scene_.in(Duration(100) * std::min(process.restarts, 30),
            [this, key, life = process.life, restarts = process.restarts] {
              Process* there = same(key, life, restarts);
              if (there == nullptr || there->up) return;
              there->up = true;
              changed_(key.first, key.second);
              begin(key);
            });
}

void Engine::lose_all() {
  processes_.clear();
}

void Engine::heal() {
  for (const auto& [key, process] : processes_)
    if (process.up && !process.healthy) become_healthy(key, Duration(500));
}

const Engine::Process* Engine::find(int place, const core::InstanceName& name) const {
  const auto found = processes_.find({place, name});
  return found == processes_.end() ? nullptr : &found->second;
}

bool Engine::healthy(int place, const core::InstanceName& name) const {
  const Process* process = find(place, name);
  return process != nullptr && process->healthy;
}

bool Engine::was_healthy(int place, const core::InstanceName& name) const {
  return proven_.contains({place, name});
}

}  // namespace slipway::sim
