#include "core/state.h"

#include <algorithm>

namespace slipway::core {

SLIPWAY_DEFINE_VALUE(Deployment);
bool Deployment::operator==(const Deployment&) const = default;
SLIPWAY_DEFINE_VALUE(TargetState);
bool TargetState::operator==(const TargetState&) const = default;

int Fleet::healthy() const {
  return static_cast<int>(
      std::ranges::count_if(instances, [](const Instance& i) { return i.health == Health::healthy; }));
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
