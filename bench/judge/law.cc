#include "law.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace slipway::bench {
namespace {

constexpr double growth = 0.005, median_ms = 80, sigma = 0.6, tail_ms = 2000;

double share_below(double ms, double scale) {
  if (ms <= 0) return 0;
  return 0.5 * std::erfc(-(std::log(ms / (median_ms * scale)) / sigma) / std::numbers::sqrt2);
}

double divergence(double p, double q) {
  return p > 0 ? p * std::log(p / q) : 0;
}

}  // namespace

double slot_begin(int slot) {
  return shortest_ms * std::exp(slot * std::log1p(growth));
}

double Law::draw(Random& random) const {
  static const std::vector<double> begins = [] {
    std::vector<double> all;
    for (int slot = 0; slot < slots; ++slot) all.push_back(slot_begin(slot));
    return all;
  }();
  return begins[static_cast<std::size_t>(lottery_.draw(random))] * (1 + growth * random.uniform());
}

std::vector<double> probabilities(const Times& times) {
  const auto below = [&](int slot) {
    if (slot == 0) return 0.0;
    if (slot == slots) return 1.0;
    const double at = slot_begin(slot);
    return (1 - times.tail) * share_below(at, times.scale) +
           times.tail * share_below(at - tail_ms, times.scale);
  };
  std::vector<double> result(slots);
  for (int slot = 0; slot < slots; ++slot)
    result[static_cast<std::size_t>(slot)] = std::max(0.0, below(slot + 1) - below(slot));
  return result;
}

double information(const Outcome& canary, const Outcome& stable, double weight) {
  const std::vector<double> c = probabilities(canary.times), s = probabilities(stable.times);
  double sum = 0;
  for (std::size_t slot = 0; slot < c.size(); ++slot) {
    for (const bool failed : {false, true}) {
      const double p = c[slot] * (failed ? canary.errors : 1 - canary.errors);
      const double q = s[slot] * (failed ? stable.errors : 1 - stable.errors);
      const double mixed = weight * p + (1 - weight) * q;
      sum += weight * divergence(p, mixed) + (1 - weight) * divergence(q, mixed);
    }
  }
  return sum;
}

}  // namespace slipway::bench
