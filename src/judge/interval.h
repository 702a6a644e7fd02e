#pragma once

#include <cstdint>
#include <span>

namespace slipway::judge {

// Intervals that hold at every moment at once, with 1 − alpha: beta-binomial mixtures (Howard & Ramdas
// 1906.09712). Ends may be 0 and infinite.
struct Interval {
  double lowest = 0, highest = 0;
};

// Of a share, of which `bad` of `all` were seen. 0 … 1.
Interval share_interval(std::int64_t bad, std::int64_t all, double alpha);
// Of the q-quantile of times, in milliseconds, of counts by bucket of Histogram: x is kept where
// B(a + S, b + n − S)/B(a, b)/(q^S (1 − q)^(n − S)) < 1/alpha, S = #{Y ≤ x}, a = 20q, b = 20(1 − q).
Interval quantile_interval(std::span<const std::int64_t> counts, double q, double alpha);
double quantile(std::span<const std::int64_t> counts, double q);  // a bucket's middle; 0 of nothing
// Of canary's over stable's, of which each holds with 1 − alpha/2.
Interval ratio_interval(const Interval& canary, const Interval& stable);

}  // namespace slipway::judge
