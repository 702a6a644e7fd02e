#pragma once

#include <array>
#include <vector>

#include "base/json_fwd.h"
#include "judge/block_gains.h"
#include "judge/in_flight.h"
#include "judge/trigger.h"
#include "judge/wealth.h"

namespace slipway::judge {

// A trigger of requests as a sequential test of one arm, both ways: that the arm is beyond the threshold,
// which may be concluded long before the trigger's duration is over, and that it isn't. Errors, and quantiles
// (a share of 1 − q of the times may be beyond the threshold), are mixtures of likelihood ratios q/θ, (1 −
// q)/(1 − θ) against the share θ. The mean is bet on by 1 + λ(y − θ), θ in ms: that it is beyond is right for
// times of any distribution; that it isn't counts times beyond ten times the threshold as so long, and no
// longer.
class Guard {
 public:
  // `alpha` isn't needed here: evidence is compared by whoever asks. `injections`: every 30 s, money for what
  // begins late.
  Guard(const Trigger& trigger, int injections);
  static bool guards(const Trigger& trigger);  // health isn't a matter of requests

  // One second of the arm: what may count of an instance's times (second.h: age), and what was under way
  // before. `share`: the arm's of all requests, which tells how much one instance may bring in a block.
  void take(const ArmSecond& seconds, const InFlight& before, Duration warm_up, double share);

  // What was won so far is given up: it was due to what has passed, and wasn't the arm's fault.
  void forgive();

  double log_beyond() const { return log_beyond_; }
  double log_within() const { return log_within_; }
  // Since the start; of a mean: the times' sum in seconds isn't kept, and `bad` is 0.
  std::int64_t seen() const { return seen_; }
  std::int64_t bad() const { return bad_; }
  const Trigger& trigger() const { return trigger_; }

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  static constexpr std::size_t bets = 7;
  using Gains = BlockGains<bets>::Gains;
  void add(const InstanceSecond& second, std::span<const Histogram::Bucket> before);
  void end_block(const Gains& gains);

  Trigger trigger_;
  bool of_errors_, of_mean_;
  int cell_ = 0;  // times in buckets above it are beyond
  // What an outcome beyond or within is worth to each bet; of a mean, by bucket.
  Gains beyond_if_bad_{}, beyond_if_good_{}, within_if_bad_{}, within_if_good_{};
  std::vector<Gains> beyond_by_bucket_, within_by_bucket_;
  Wealth beyond_, within_;
  BlockGains<bets> block_;
  double most_log_gain_ = 0;
  int second_of_block_ = 0;
  double log_beyond_ = 0, log_within_ = 0;
  std::int64_t seen_ = 0, bad_ = 0;
};

}  // namespace slipway::judge
