#include "judge/interval.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "judge/histogram.h"

namespace slipway::judge {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

// std::lgamma writes the sign to a global, which several judges at once would race for.
double log_gamma(double x) {
  int sign = 0;
  return lgamma_r(x, &sign);
}

double log_beta(double a, double b) {
  return log_gamma(a) + log_gamma(b) - log_gamma(a + b);
}

// That the share is p, of which `bad` of `all` were seen: the mixture's evidence against it.
double log_mixture(double bad, double all, double p, double a, double b) {
  double against = log_beta(a + bad, b + all - bad) - log_beta(a, b);
  if (bad > 0) against -= bad * std::log(p);
  if (all > bad) against -= (all - bad) * std::log1p(-p);
  return against;
}

// The place between `kept` and `left` where what holds ends.
template <class Keeps>
double end_between(double kept, double left, Keeps keeps) {
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (kept + left);
    (keeps(middle) ? kept : left) = middle;
  }
  return left;
}

}  // namespace

Interval share_interval(std::int64_t bad, std::int64_t all, double alpha) {
  CHECK(bad >= 0 && bad <= all && alpha > 0 && alpha < 1);
  if (all == 0) return {0, 1};
  const auto of_bad = static_cast<double>(bad), of_all = static_cast<double>(all);
  const auto keeps = [&](double p) { return log_mixture(of_bad, of_all, p, 0.5, 0.5) < std::log(1 / alpha); };
  const double seen = of_bad / of_all;
  return {bad == 0 ? 0 : end_between(seen, 0, keeps), bad == all ? 1 : end_between(seen, 1, keeps)};
}

Interval quantile_interval(std::span<const std::int64_t> counts, double q, double alpha) {
  CHECK(q > 0 && q < 1 && alpha > 0 && alpha < 1);
  const std::int64_t n = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  if (n == 0) return {0, infinite};
  const auto keeps = [&](std::int64_t below) {
    return log_mixture(static_cast<double>(below), static_cast<double>(n), q, 20 * q, 20 * (1 - q)) <
           std::log(1 / alpha);
  };
  // It falls towards the middle and rises again.
  const auto middle = std::clamp<std::int64_t>(std::llround(q * static_cast<double>(n)), 0, n);
  std::int64_t first = middle, last = middle;
  for (std::int64_t step = std::int64_t{1} << 62; step > 0; step /= 2) {
    if (step <= first && keeps(first - step)) first -= step;
    if (step <= n - last && keeps(last + step)) last += step;
  }
  Interval interval{0, infinite};
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::int64_t before = seen;
    seen += counts[i];
    const int bucket = static_cast<int>(i);
    if (first > 0 && before < first && seen >= first)
      interval.lowest = static_cast<double>(Histogram::lowest(bucket));
    if (last < n && before <= last && seen > last)
      interval.highest = static_cast<double>(Histogram::lowest(bucket + 1));
  }
  return interval;
}

double quantile(std::span<const std::int64_t> counts, double q) {
  const std::int64_t n = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const auto rank = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(std::ceil(q * static_cast<double>(n) * (1 - 1e-12))));
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    seen += counts[i];
    if (n > 0 && seen >= rank)
      return 0.5 * static_cast<double>(Histogram::lowest(static_cast<int>(i)) +
                                       Histogram::lowest(static_cast<int>(i) + 1) - 1);
  }
  return 0;
}

Interval ratio_interval(const Interval& canary, const Interval& stable) {
  return {stable.highest > 0 && stable.highest < infinite ? canary.lowest / stable.highest : 0,
          stable.lowest > 0 ? canary.highest / stable.lowest : infinite};
}

}  // namespace slipway::judge
