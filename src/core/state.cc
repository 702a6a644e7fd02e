#include "core/state.h"

#include <algorithm>

namespace slipway::core {

int Fleet::healthy() const {
  return static_cast<int>(
      std::ranges::count_if(instances, [](const Instance& i) { return i.health == Health::healthy; }));
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
