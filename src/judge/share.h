#pragma once

#include <optional>

#include "base/json_fwd.h"
#include "judge/in_flight.h"
#include "judge/second.h"

namespace slipway::judge {

// The canary's share of what bets, as it was seen lately beside what was meant. One client may make a fifth
// of all requests, records of an instance may be missing: then what is seen of the canary isn't its weight,
// and bets at the weight would win or lose by that alone. Of the past, and for a block at a time.
class Share {
 public:
  explicit Share(double memory) : memory_(memory) {}  // seconds; 0: what is meant is what is seen

  // What to bet with where `meant` is what is meant; nothing where there is nothing to compare.
  std::optional<double> of(std::optional<double> meant) const;
  // A second; what was under way before it.
  void take(const Second& second, const InFlight& canary_before, const InFlight& stable_before);
  void begin_block();

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  double memory_;
  double seen_ = 0, expected_ = 0;  // of the canary, the past counting less and less
  double factor_ = 1;               // on the odds that are meant
};

// What came to an arm in the second and bets: sessions that are new, where they are known; else requests that
// ended, or are under way now and weren't before.
std::int64_t arrivals(const ArmSecond& arm, const InFlight& before);

}  // namespace slipway::judge
