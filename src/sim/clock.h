#pragma once

#include <algorithm>
#include <optional>

#include "runner/doors.h"
#include "sim/scene.h"

namespace slipway::sim {

// The daemon's clock, as the real one is: the wall clock at the start, and from then on the monotonic one.
class Clock final : public runner::Clock {
 public:
  explicit Clock(const Scene& scene)
      : scene_(scene), anchor_(scene.wall()), anchored_(scene.now()), offset_(offset()) {}

  Time now() override { return anchor_ + (scene_.now() - anchored_); }

  void at_least(Time time) {
    if (now() >= time) return;
    anchor_ = time;
    anchored_ = scene_.now();
  }

  // How far the wall clock moved since the last call, if by more than 2 s.
  std::optional<Duration> jumped() {
    constexpr Duration unremarkable{2000};
    const Duration moved = offset() - offset_;
    offset_ += moved;
    anchor_ = std::max(now(), scene_.wall());
    anchored_ = scene_.now();
    if (moved <= unremarkable && moved >= -unremarkable) return std::nullopt;
    return moved;
  }

 private:
  Duration offset() const { return scene_.wall().time_since_epoch() - scene_.now(); }

  const Scene& scene_;
  Time anchor_;
  Duration anchored_;
  Duration offset_;
};

}  // namespace slipway::sim
