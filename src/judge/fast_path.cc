#include "judge/fast_path.h"

#include <algorithm>
#include <cmath>

namespace slipway::judge {
namespace {

constexpr std::array bold_stakes{.5, .95};

}  // namespace

double FastPath::limit() {
  return std::log(1000.0);
}

void FastPath::take(std::int64_t requests, std::int64_t errors) {
  for (std::size_t i = 0; i < bold_stakes.size(); ++i) {
    const double gain = static_cast<double>(errors) * std::log(1 + bold_stakes.at(i)) +
                        static_cast<double>(requests - errors) * std::log(1 - bold_stakes.at(i));
    sums_.at(i) = std::clamp(sums_.at(i) + gain, 0.0, most_);
  }
}

double FastPath::log_evidence() const {
  return *std::ranges::max_element(sums_);
}

}  // namespace slipway::judge
