#pragma once

#include <cstdint>

#include "base/json_fwd.h"
#include "judge/second.h"
#include "judge/wealth.h"

namespace slipway::judge {

// Whether the arms get what the weight says. Where sessions are known, their counts are tested both ways. Of
// requests alone one client may make a fifth, so that only a canary that gets far too few is conspicuous.
class SampleRatio {
 public:
  SampleRatio();
  void take(const Second& second);

  // The evidence that the weight isn't the arms' share; alarm at ln 1000, over the whole rollout.
  double log_evidence() const { return log_evidence_; }
  static double limit();
  // How many requests should have come to the arm since its last one, by what the other got.
  double expected_of_canary() const { return expected_of_canary_; }
  double expected_of_stable() const { return expected_of_stable_; }
  static constexpr double too_many = 20;
  bool silent() const { return expected_of_canary_ >= too_many || expected_of_stable_ >= too_many; }
  bool alarms() const { return silent() || log_evidence_ >= limit(); }
  // The canary's share of what was seen, sessions or requests, and what it should have been.
  double seen() const;
  double meant() const;

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  Wealth wealth_;
  double log_evidence_ = 0;
  double expected_of_canary_ = 0, expected_of_stable_ = 0;
  std::int64_t canary_under_way_ = 0, stable_under_way_ = 0;  // when the last second ended
  double canary_ = 0, stable_ = 0, meant_ = 0;
};

}  // namespace slipway::judge
