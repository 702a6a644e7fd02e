#pragma once

#include <string_view>
#include <vector>

namespace slipway::sim {

// What must hold at every moment: a name, and the sentence that is broken where it doesn't.
struct Invariant {
  std::string_view name;
  std::string_view sentence;
};
const std::vector<Invariant>& all_invariants();

}  // namespace slipway::sim
