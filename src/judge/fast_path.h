#pragma once

#include <array>
#include <cstdint>

#include "base/json.h"

namespace slipway::judge {

// Whether most of the canary's requests fail: a CUSUM (Lorden 1971) of two bets against "at most half of them
// do", of which about eleven failures in a row are enough. Its mean time to a false alarm is 1,000 requests
// of a canary of which exactly half fail, and out of reach for any other.
class FastPath {
 public:
  void take(std::int64_t requests, std::int64_t errors);
  double log_evidence() const;
  static double limit();  // ln 1000
  bool alarms() const { return log_evidence() >= limit(); }

  Json checkpoint() const { return sums_; }
  void restore(const Json& checkpoint) { checkpoint.get_to(sums_); }  // throws nlohmann's exceptions

 private:
  std::array<double, 2> sums_{};
};

}  // namespace slipway::judge
