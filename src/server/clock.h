#pragma once

#include <chrono>
#include <optional>

#include "runner/doors.h"

namespace slipway::server {

// The wall clock at the start, and from then on the monotonic one: it follows the wall clock forward and
// never goes back.
class SteadyWall final : public runner::Clock {
 public:
  using Wall = std::function<Time()>;
  using Steady = std::function<Duration()>;

  SteadyWall();
  SteadyWall(Wall wall, Steady steady);

  Time now() override;

  // From now on no earlier than `time`: a journal may have been written by a clock that was fast.
  void at_least(Time time);

  // How far the wall clock moved against the monotonic one since the last call, if by more than 2 s. Call it
  // often: a drift is followed and isn't a jump.
  std::optional<Duration> jumped();

 private:
  Wall wall_;
  Steady steady_;
  Time anchor_;  // the time at `anchored_`
  Duration anchored_;
  Duration offset_{};  // the wall clock against the monotonic one, when last looked at
};

}  // namespace slipway::server
