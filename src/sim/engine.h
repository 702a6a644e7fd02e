#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/event.h"
#include "sim/scene.h"

namespace slipway::sim {

// Instances as they really are, whatever anybody believes of them.
class Engine {
 public:
  struct Process {
    int port = 0;
    int revision = 0;
    int life = 0;          // which start of this name
    bool up = false;       // its program runs; else its shim is about to restart it
    bool healthy = false;  // answers well
    Duration began{};      // this run of its program
    int restarts = 0;
  };
  using Changed = std::function<void(int place, const core::InstanceName&)>;

  Engine(Scene& scene, Changed changed) : scene_(scene), changed_(std::move(changed)) {}

  int start(int place, const core::StartInstance& what);  // its port; leaves be what is up
  void stop(int place, const core::InstanceName& name);
  void lose(int place, const core::InstanceName& name);   // gone, and nothing restarts it
  void crash(int place, const core::InstanceName& name);  // and its shim restarts it
  void lose_all();                                        // the host rebooted
  void heal();                                            // whatever is up gets healthy

  const Process* find(int place, const core::InstanceName& name) const;
  bool healthy(int place, const core::InstanceName& name) const;
  bool was_healthy(int place, const core::InstanceName& name) const;  // once at least
  const std::map<std::pair<int, core::InstanceName>, Process>& processes() const { return processes_; }

 private:
  using Key = std::pair<int, core::InstanceName>;
  void begin(const Key& key);
  void become_healthy(const Key& key, Duration wait);
  void leak(const Key& key, Duration full);
  Process* same(const Key& key, int life, int restarts);

  Scene& scene_;
  Changed changed_;
  std::map<Key, Process> processes_;
  std::map<Key, int> lives_;
  std::set<Key> proven_;
  int ports_ = 20'000;
};

}  // namespace slipway::sim
