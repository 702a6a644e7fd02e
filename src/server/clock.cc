#include "server/clock.h"

#include "os/clock.h"

namespace slipway::server {
namespace {

Duration steady_now() {
  return std::chrono::floor<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

SteadyWall::SteadyWall() : SteadyWall(os::wall_now, steady_now) {}

SteadyWall::SteadyWall(Wall wall, Steady steady)
    : wall_(std::move(wall)), steady_(std::move(steady)), anchor_(wall_()), anchored_(steady_()) {
  offset_ = anchor_.time_since_epoch() - anchored_;
}

Time SteadyWall::now() {
  return anchor_ + (steady_() - anchored_);
}

void SteadyWall::at_least(Time time) {
  if (now() >= time) return;
  anchor_ = time;
  anchored_ = steady_();
}

std::optional<Duration> SteadyWall::jumped() {
  constexpr Duration unremarkable{2000};
  const Duration steady = steady_();
  const Time wall = wall_();
  const Duration offset = wall.time_since_epoch() - steady;
  const Duration moved = offset - offset_;
  offset_ = offset;
  const Time before = anchor_ + (steady - anchored_);
  anchor_ = std::max(before, wall);
  anchored_ = steady;
  if (moved <= unremarkable && moved >= -unremarkable) return std::nullopt;
  return moved;
}

}  // namespace slipway::server
