#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace slipway::bench {

// P(X ≥ hits) of a binomial: how surprising so many are, were p the truth.
double at_least(int hits, int runs, double p);

// Exact bounds of a share (Clopper and Pearson, 1934), each at the one-sided level, such as 0.95.
double upper_bound(int hits, int runs, double level);
double lower_bound(int hits, int runs, double level);

// Which of several tests stand together at `level` (Holm, 1979): the chance that any of them is wrong is at
// most that.
std::vector<bool> holm(std::span<const double> p_values, double level);

// Nearest-rank; of nothing, infinity.
double quantile(std::vector<double> values, double q);

}  // namespace slipway::bench
