#include "scenario/crashes.h"

#include <fmt/format.h>

#include <utility>

namespace slipway::scenario {

std::string describe(const Boundary& boundary) {
  switch (boundary.kind) {
    case Boundary::Kind::before_append:
      return fmt::format("before the append of event {}", boundary.event);
    case Boundary::Kind::after_append:
      return fmt::format("after the append of event {}", boundary.event);
    case Boundary::Kind::before_look:
      return fmt::format("before the look at effect {}.{}", boundary.event, boundary.ordinal);
    case Boundary::Kind::before_effect:
      return fmt::format("before effect {}.{}", boundary.event, boundary.ordinal);
    case Boundary::Kind::after_effect:
      return fmt::format("after effect {}.{}, before its outcome", boundary.event, boundary.ordinal);
  }
  return {};
}

Crashes Crashes::at(std::set<std::size_t> which) {
  Crashes crashes;
  crashes.which_ = std::move(which);
  return crashes;
}

Crashes Crashes::everywhere() {
  Crashes crashes;
  crashes.everywhere_ = true;
  return crashes;
}

void Crashes::reach(Boundary boundary) {
  const std::size_t index = reached_.size();
  reached_.push_back(boundary);
  if (!which_.contains(index) && !(everywhere_ && strikes_everywhere(boundary))) return;
  ++count_;
  began_ = reached_.size();
  recovered_ = false;
  throw Crash{};
}

bool Crashes::strikes_everywhere(const Boundary& boundary) {
  if (!recovered_ || !known_.insert(boundary).second) return false;
  if (boundary.kind == Boundary::Kind::before_append) return !std::exchange(lost_, true);
  if (boundary.kind == Boundary::Kind::after_append) lost_ = false;
  return true;
}

void Crashes::recovered() {
  recovered_ = true;
  recovering_ = reached_.size() - began_;
}

}  // namespace slipway::scenario
