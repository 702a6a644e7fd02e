#include "core/state.h"

#include <algorithm>

namespace slipway::core {

SLIPWAY_DEFINE_VALUE(Deployment);
bool Deployment::operator==(const Deployment&) const = default;
SLIPWAY_DEFINE_VALUE(TargetState);
bool TargetState::operator==(const TargetState&) const = default;

Health Instance::standing() const {
  return health == Health::healthy && seen == Seen::down ? Health::unhealthy : health;
}

std::string Instance::why() const {
  if (health != Health::healthy || seen != Seen::down) return detail;
  return "to the proxy: " + seen_detail;
}

int Fleet::healthy() const {
  return static_cast<int>(
      std::ranges::count_if(instances, [](const Instance& i) { return i.standing() == Health::healthy; }));
}

int Fleet::usable() const {
  return static_cast<int>(std::ranges::count_if(
      instances, [](const Instance& i) { return i.health == Health::healthy && i.seen == Seen::up; }));
}

bool is_blank(const TargetState& state) {
  return state.deployments == 0 && state.freezes.empty() && !state.emergency && !state.offer &&
         state.evidence.empty();
}

std::string_view name(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::under_way:
      return "under way";
    case OutcomeKind::promoted:
      return "promoted";
    case OutcomeKind::rolled_back:
      return "rolled back";
    case OutcomeKind::aborted:
      return "aborted";
    case OutcomeKind::superseded:
      return "superseded";
    case OutcomeKind::failed:
      return "failed";
  }
  return "";
}

}  // namespace slipway::core
