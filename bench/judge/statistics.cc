#include "statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "random.h"

namespace slipway::bench {
namespace {

double chance_of(int hits, int runs, double p) {
  if (p <= 0) return hits == 0 ? 1 : 0;
  if (p >= 1) return hits == runs ? 1 : 0;
  const double ways = log_gamma(runs + 1.0) - log_gamma(hits + 1.0) - log_gamma(runs - hits + 1.0);
  return std::exp(ways + hits * std::log(p) + (runs - hits) * std::log1p(-p));
}

double at_most(int hits, int runs, double p) {
  double sum = 0;
  for (int i = 0; i <= hits; ++i) sum += chance_of(i, runs, p);
  return std::min(1.0, sum);
}

// Where a falling function of a share crosses `level`.
template <class Falling>
double crossing(const Falling& falling, double level) {
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (falling(middle) > level ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

double at_least(int hits, int runs, double p) {
  double sum = 0;
  for (int i = hits; i <= runs; ++i) {
    const double term = chance_of(i, runs, p);
    sum += term;
    if (i > runs * p && term < sum * 1e-16) break;
  }
  return std::min(1.0, sum);
}

double upper_bound(int hits, int runs, double level) {
  if (hits == runs) return 1;
  return crossing([&](double p) { return at_most(hits, runs, p); }, 1 - level);
}

double lower_bound(int hits, int runs, double level) {
  if (hits == 0) return 0;
  return crossing([&](double p) { return 1 - at_least(hits, runs, p); }, level);
}

std::vector<bool> holm(std::span<const double> p_values, double level) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<bool> stands(p_values.size(), false);
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    if (p_values[order[rank]] > level / static_cast<double>(order.size() - rank)) break;
    stands[order[rank]] = true;
  }
  return stands;
}

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return std::numeric_limits<double>::infinity();
  std::ranges::sort(values);
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

}  // namespace slipway::bench
