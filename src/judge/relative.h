#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "judge/scale.h"
#include "judge/second.h"
#include "judge/settings.h"

namespace slipway::judge {

// Whether the canary is worse than stable: bets on which arm each outcome came from (Grünwald, Henzi, Lardy
// 2209.12637), whose wealth grows without bound only where the arms differ. Knows stable's reference, the
// bets' wealth, and each instance's gain in the block under way. Trial is made of it; by itself it is for
// simulations and comparisons.
class Relative {
 public:
  struct Setup {
    Scale scale = Scale::of_histogram();
    std::array<double, metrics> weights = Settings{}.weights;
    Settings::Tolerance tolerance;  // strict: {1, 0, 1}
    double resolution = 1;          // milliseconds that a canary's times may be longer, whatever the ratio
    // What one instance may gain in a block, as a factor, for each bet: a burst of one instance isn't the
    // release. Gains are cut, losses never.
    enum class Clip { none, by_weight, fixed } clip = Clip::by_weight;  // by_weight: clamp(0.5 / w, 2, 10)
    double most_gain = 10;                                              // Clip::fixed
    double most_gain_of_all = 0;  // of the whole evidence in a block; 0: as it comes
    int block = 10;               // seconds; stable's reference is renewed as often
    // Late onset: `first` of the wealth is invested at the start, `kept` is held back for after promotion,
    // and the rest comes in equal parts every inject_every seconds, `injections` times. No injections: first
    // = 1.
    double first = 0.5, kept = 0.05;
    int injections = 50, inject_every = 30;
    double decay = 300;  // seconds, of stable's reference
    int warm_up = 30;    // seconds of an instance in which its times don't count
  };
  static Setup setup(const Settings& settings, Duration horizon);

  explicit Relative(Setup setup);

  // Stable's times before users are on the canary, by cell.
  void remember(std::span<const Histogram::Bucket> times);
  void remember(const ArmSecond& stable);
  // One second; `at` isn't looked at.
  void take(const Second& second);
  // From here the canary stands alone, and is compared with the reference and the share of errors that stable
  // had at last, at the margins of Settings::Accept.
  void promote(const Settings::Accept& margins);

  // The mixture over all bets and what isn't invested: a natural logarithm; reject at ln(1 / alpha).
  double log_evidence() const;
  // Of one metric alone, invested share 1: what a closed test would say of it.
  double log_evidence(Metric metric) const;
  Metric leading() const;

  // Stable's running reference: what reverse bets and views are made of.
  std::span<const double> reference() const;  // decayed counts by cell
  std::span<const int> thresholds() const;  // cells of p50, p90, p99, p99.9, 3 × p99: slow is what lies above

  Json checkpoint() const;
  Status restore(const Json& checkpoint);

 private:
  Setup setup_;
};

}  // namespace slipway::judge
