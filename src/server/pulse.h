#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "drivers/hand.h"
#include "server/clock.h"
#include "server/loop.h"

namespace slipway::server {

// What is done once a second, whatever happens: the proxy is tended, jumps of the clock are noticed, and the
// daemon says that it lives.
class Pulse {
 public:
  struct Beats {
    std::function<Status()> tend;             // blocks; called on a worker, never twice at a time
    std::function<void()> tended;             // and what it saw can be asked for
    std::function<void(Duration by)> jumped;  // the wall clock
    std::function<void()> alive;
    std::function<bool()> may_tend;  // false while something must come before the proxy
  };
  Pulse(Loop& loop, drivers::Workers& workers, SteadyWall& clock, Beats beats);

  void start();

 private:
  void beat();
  void tended(const Status& status);

  Loop& loop_;
  drivers::Workers& workers_;
  SteadyWall& clock_;
  Beats beats_;
  std::unique_ptr<Loop::Timer> timer_;
  bool tending_ = false;
  bool troubled_ = false;                       // and it was said …
  std::chrono::steady_clock::time_point said_;  // … then
};

}  // namespace slipway::server
