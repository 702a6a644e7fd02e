#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/effect.h"
#include "sim/draw.h"

namespace slipway::sim {

struct World;

// The proxy's master, which reloads need and nothing else does. What takes a new configuration waits in a
// queue, and one reload serves all that wait: see src/drivers/traffic/haproxy_control.h.
class Reloads {
 public:
  explicit Reloads(World& world) : world_(world) {}
  Reloads(const Reloads&) = delete;
  Reloads& operator=(const Reloads&) = delete;

  // What became of one that waited: it runs; it doesn't; it runs, and is to be taken back.
  enum class Took { all, nothing, until_taken_back };
  struct Wish {
    int place = 0;
    int life = 0;  // of the daemon that asks
    std::function<void(Took)> over;
  };
  // `over` is called once, unless the host goes down, or the daemon before the reload began.
  void ask(Wish wish);
  // The host went down.
  void lose_all();
  // Its number, if there is one.
  std::optional<std::uint64_t> under_way() const { return under_way_ ? std::optional(count_) : std::nullopt; }
  // The target is one of those that wait.
  bool waits(int place) const;

 private:
  // Where users belonged when the reload began.
  struct Before {
    int changes = 0;
    std::optional<core::Routing> held;
  };
  void begin();
  void look(Duration until, Duration takes);
  void finish();
  void leave_behind(Draw draw);
  void over();

  World& world_;
  std::vector<Wish> waiting_, served_;
  std::map<int, Before> before_;  // by place
  bool under_way_ = false;
  bool was_deaf_ = false;
  std::uint64_t count_ = 0;
};

}  // namespace slipway::sim
