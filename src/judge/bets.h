#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/json_fwd.h"
#include "judge/block_gains.h"
#include "judge/in_flight.h"
#include "judge/reference.h"
#include "judge/scale.h"
#include "judge/second.h"
#include "judge/settings.h"

namespace slipway::judge {

// The bets, in their order: errors by odds, the five thresholds by odds, the shape by shifts.
inline constexpr std::size_t error_bets = 7, odds_per_threshold = 4, shifts = 5;
inline constexpr std::size_t first_threshold_bet = error_bets;
inline constexpr std::size_t first_shape_bet =
    first_threshold_bet + odds_per_threshold * Reference::thresholds;
inline constexpr std::size_t all_bets = first_shape_bet + shifts;
using Gains = BlockGains<all_bets>::Gains;  // logarithms

// Of each bet, what share of all is put on it.
std::vector<double> priors(std::span<const double, metrics> weights);
Metric metric_of(std::size_t bet);

// What an outcome of an arm is worth to each bet that the canary is worse than stable by more than is
// tolerated. With the canary's share w of what is recorded:
//  - errors, null p_c ≤ ρ·p_s + d: canary 1 + (κ/w)(y − d), stable 1 − κρy/(1 − w), so that the expectation
//  is
//    1 + κ(p_c − ρp_s − d); odds r: q0 = wρ/(wρ + 1 − w), q1 = wρr/(wρr + 1 − w), κ = w(q1/q0 − 1)
//  - times, null canary/(1 + δ) stochastically ≤ stable, any monotone g from the past: canary g(y/(1 + δ))/w,
//    stable (1 − g(y))/(1 − w); g = wL/(wL + 1 − w) of a likelihood ratio L: at a threshold, where a share π
//    of stable's is above, π'/π above and (1 − π')/(1 − π) below, π' = oπ/(1 − π + oπ) with odds o; for the
//    shape, f(log y − Δ)/f(log y) made monotone, f from the reference.
class Bets {
 public:
  Bets(const Scale& scale, const Settings::Tolerance& tolerance, double resolution);

  // The reference as it is now, of the past only. Of fewer times than `least_times`, no times are bet on.
  void renew(const Scale& scale, const Reference& reference);
  static constexpr double least_times = 50;
  // The canary's share among those whose errors, and whose times count; 0 < weight < 1. A share of times of
  // 0: none of them bets.
  void weigh(double errors, double times);
  // The canary stands alone from now on: likelihood ratios of one sample against what stable was at last (its
  // shares as far as two standard errors above what was seen), at these margins.
  void stand_alone(const Scale& scale, const Reference& reference, const Settings::Accept& margins);

  // Adds what the instance's errors are worth.
  void add_errors(Arm arm, const Outcomes& outcomes, Gains& gains) const;
  // Adds what its times are worth; `before` is what was under way when the second began.
  void add_times(Arm arm, const InstanceSecond& second, std::span<const Histogram::Bucket> before,
                 Gains& gains) const;

  // What was measured of the reference when it was last renewed, which later seconds have changed since.
  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

  bool times_known() const { return times_known_; }
  const std::array<Reference::Threshold, Reference::thresholds>& thresholds() const { return thresholds_; }

 private:
  struct Score {
    double above = 0, below = 0;
  };
  void weigh_thresholds(double weight);
  void weigh_shape(double weight);
  void measure_shape(const Reference& reference);

  Settings::Tolerance tolerance_;
  double resolution_;
  Scale::Parts stable_parts_, canary_parts_;
  bool alone_ = false;
  bool times_known_ = false;
  double weight_of_errors_ = 0, weight_of_times_ = 0;

  std::array<Reference::Threshold, Reference::thresholds> thresholds_{};
  std::array<int, Reference::thresholds> canary_cells_{};  // the thresholds as the canary's times meet them
  struct Errors {
    double canary_error = 0, canary_answer = 0, stable_error = 0;
  };
  std::array<Errors, error_bets> errors_{};
  std::array<std::array<Score, odds_per_threshold>, Reference::thresholds> canary_, stable_;
  using ByShift = std::array<double, shifts>;
  std::vector<ByShift> likelihood_;    // L by bin of the grid
  std::vector<double> density_, raw_;  // room to measure it in
  std::vector<ByShift> shape_canary_, shape_stable_;
  std::array<int, shifts> shift_bins_{};
  int most_shift_ = 0;
};

}  // namespace slipway::judge
