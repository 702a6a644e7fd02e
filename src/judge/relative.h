#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/json_fwd.h"
#include "base/result.h"
#include "judge/bets.h"
#include "judge/reference.h"
#include "judge/scale.h"
#include "judge/second.h"
#include "judge/settings.h"
#include "judge/share.h"
#include "judge/wealth.h"

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
    // What one instance of several may gain in a block, as a factor, for each bet: a burst of one instance
    // isn't the release. Gains are cut, losses never.
    enum class Clip { none, by_weight, fixed } clip = Clip::by_weight;  // by_weight: clamp(0.5 / w, 2, 6)
    double most_gain = 10;                                              // Clip::fixed
    // What the whole evidence may gain: so much at once, as a factor, and `pace` a second more, as a
    // logarithm. pace 0: so much in a block. 0: as it comes.
    double most_gain_of_all = 24, pace = 0.13;
    int block = 10;  // seconds; stable's reference is renewed as often
    // Late onset: `first` of the wealth is invested at the start, `kept` is held back for after promotion,
    // and the rest comes in equal parts every inject_every seconds, `injections` times. No injections: first
    // = 1.
    double first = 0.5, kept = 0.05;
    int injections = 50, inject_every = 30;
    Settings::Accept margins;     // after promotion, when both arms' drift can't be told from the canary's
    double decay = 300;           // seconds, of stable's reference
    double memory_of_share = 60;  // seconds, of the share that the canary was seen to have; 0: as it is meant
    int warm_up = 30;             // seconds of an instance in which its times don't count
  };
  static Setup setup(const Settings& settings, Duration horizon);

  explicit Relative(Setup setup);

  // Stable's times before users are on the canary, by cell.
  void remember(std::span<const Histogram::Bucket> times);
  void remember(const ArmSecond& stable);
  // What bets() are in the second that comes, by the past; take() does it where nobody asked before.
  void prepare();
  // One second; `at` isn't looked at.
  void take(const Second& second);
  // From here the canary stands alone, and is compared with what stable had at last, at `margins`: of what
  // sessions bet with where they do, since the first request of a session isn't like all others, else of all.
  void promote();

  // The mixture over all bets and what isn't invested: a natural logarithm; reject at ln(1 / alpha).
  double log_evidence() const { return log_evidence_; }
  // Of one metric alone, invested share 1: what a closed test would say of it.
  double log_evidence(Metric metric) const;
  Metric leading() const;

  // What reverse bets and views are made of.
  const Setup& setup() const { return setup_; }
  const Reference& reference() const { return reference_; }
  const Bets& bets() const { return bets_; }
  // What was under way at its instances when the next second begins.
  const InFlight& in_flight(Arm arm) const { return in_flight_.at(static_cast<std::size_t>(arm)); }
  // The canary's share to bet with in the coming second; nothing: there is nothing to compare.
  std::optional<double> share(const Portion& portion) const { return share_.of(portion.weight); }
  // The canary's share among those that are old enough for their times to count; 0: there are none.
  double share_of_times(const Portion& portion) const;
  bool is_warm(const InstanceSecond& second) const;

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // of the same setup; throws nlohmann's exceptions

 private:
  void compare(const Portion& portion, bool with_what_is_under_way);
  void take_arm(Arm arm, const ArmSecond& seconds, double share_of_times, bool with_what_is_under_way);
  void take_reference(const ArmSecond& stable);
  void keep_pace(const Gains& gains);
  void end_block();
  double most_log_gain(double weight, const ArmSecond& canary) const;
  Gains gains_of_block() const;

  Setup setup_;
  Reference reference_;
  Bets bets_;
  Share share_;
  Wealth wealth_;
  std::array<BlockGains<all_bets>, 2> gains_;  // by Arm
  std::array<InFlight, 2> in_flight_;
  bool alone_ = false;
  bool prepared_ = false;
  bool plenty_ = false;          // of times in the reference, so that it is renewed with the block
  double most_log_gain_ = 0;     // of an instance in this block, as the weight is now
  double ceiling_ = 0;           // of log_evidence, where there is a pace
  double block_began_with_ = 0;  // log_evidence
  int second_of_block_ = 0;
  double log_evidence_ = 0;
};

}  // namespace slipway::judge
