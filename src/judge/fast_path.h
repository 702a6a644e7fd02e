#pragma once

#include <array>
#include <cstdint>
#include <limits>

#include "base/json.h"

namespace slipway::judge {

// Whether most of the canary's requests fail: a CUSUM (Lorden 1971) of two bets against "at most half of them
// do", of which about eleven failures in a row are enough. Its mean time to a false alarm is 1,000 requests
// of a canary of which exactly half fail, and out of reach for any other.
class FastPath {
 public:
  // No more than `most` is remembered, so that it ends soon after what it speaks of.
  explicit FastPath(double most = std::numeric_limits<double>::infinity()) : most_(most) {}
  void take(std::int64_t requests, std::int64_t errors);
  void forgive() { sums_ = {}; }  // what was seen so far wasn't the canary's fault
  double log_evidence() const;
  static double limit();  // ln 1000
  bool alarms() const { return log_evidence() >= limit(); }

  Json checkpoint() const { return sums_; }
  void restore(const Json& checkpoint) { checkpoint.get_to(sums_); }  // throws nlohmann's exceptions

 private:
  double most_;
  std::array<double, 2> sums_{};
};

}  // namespace slipway::judge
