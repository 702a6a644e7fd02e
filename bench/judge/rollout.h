#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "judge/trial.h"
#include "stream.h"
#include "tally.h"

namespace slipway::bench {

inline constexpr double never = std::numeric_limits<double>::infinity();

// What became of one rollout. Times are seconds from its start.
struct Ending {
  double back = never;  // rolled back
  judge::Cause cause = judge::Cause::none;
  double held = never;                             // said for the first time that it can't be judged
  double accepted = never;                         // all accept margins ruled out for the first time
  std::int64_t requests = 0, canary_requests = 0;  // until it was rolled back
  std::int64_t canary_requests_until_accepted = 0;
};

// How it is judged: as a user gets it, but for what a table changes.
struct Manner {
  judge::Settings settings;
  std::vector<judge::Trigger> triggers;
  Tally::Who who = Tally::Who::requests;
  int seconds = rollout_seconds;
  enum class Until { back, accepted } until = Until::back;
};
// Where users keep their release, sessions bet.
Manner standard(const Scene& scene);

Ending roll_out(const Stage& stage, std::uint64_t key, const Manner& manner);

// The bets by themselves: no tolerance, no clip, no money for what begins late, and no fast path.
Ending bet_only(const Stage& stage, std::uint64_t key);

}  // namespace slipway::bench
