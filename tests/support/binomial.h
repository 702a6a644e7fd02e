#pragma once

#include <cmath>

namespace slipway::test {

// The chance of at most `most` of `all` at `share`.
inline double at_most(int most, int all, double share) {
  double sum = 0;
  for (int k = 0; k <= most; ++k) {
    sum += std::exp(std::lgamma(all + 1.0) - std::lgamma(k + 1.0) - std::lgamma(all - k + 1.0) +
                    k * std::log(share) + (all - k) * std::log1p(-share));
  }
  return sum;
}

// Neither so few nor so many have a chance below 1e-6.
inline bool plausible(int seen, int all, double share) {
  return at_most(seen, all, share) >= 1e-6 && at_most(all - seen, all, 1 - share) >= 1e-6;
}

}  // namespace slipway::test
