#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/time.h"
#include "judge/histogram.h"

// One second of a canary, as the judge takes it. All counts are of records: of requests of which one in so
// many is recorded, those that were. What the spans point to need only live as long as the call.
namespace slipway::judge {

enum class Arm { canary, stable };
inline constexpr int most_instances = 4096;  // of an arm

struct Outcomes {
  std::int64_t requests = 0;  // that got an answer, or should have
  std::int64_t errors = 0;    // of those
  std::span<const Histogram::Bucket>
      times;  // of those, by bucket: as many as requests, or fewer where a time isn't known
};

struct InstanceSecond {
  int instance =
      0;  // any number below most_instances, the same for the same instance; an arm has numbers of its own
  Duration age{
      3'600'000};  // how long it had served when the second began: its first 30 s say nothing of its speed
  Outcomes all;
  // Where sessions are known: what of `all` the sessions may bet with (Sessions, sessions.h). Else nothing,
  // and every request bets.
  std::optional<Outcomes> betting;
  // Requests that are still under way at the second's end, by age. Of all of them, or of none in every
  // second.
  std::span<const Histogram::Bucket> in_flight;
};

inline const Outcomes& betting(const InstanceSecond& second) {
  return second.betting ? *second.betting : second.all;
}

struct ArmSecond {
  std::span<const InstanceSecond> instances;
  std::optional<std::int64_t> sessions;  // that were seen for the first time in this second
};

// What bets of a second at one share of the canary's.
struct Portion {
  std::optional<double> weight;  // as Second's
  ArmSecond canary, stable;
};

struct Second {
  Time at{};  // its beginning, a whole second
  // The canary's share in what is recorded, 0 … 1: at a weight of 5 % with every request of the canary and
  // one in ten of stable's recorded, 0.05 / (0.05 + 0.95 / 10). Where sessions bet, the share of sessions.
  // Nothing: it isn't known, or records are known to be missing; such a second counts for limits, and not for
  // comparing.
  std::optional<double> weight;
  ArmSecond canary, stable;
  // What bets at other shares than `weight`, where that was changed: of those `betting` alone is looked at,
  // and `betting` of `canary` and `stable` is without them.
  std::span<const Portion> others;
  bool damaged = false;  // records of it are known to be missing, or to have come twice
  // Its records' clock was put back by so much (< 0), or is ahead of ours (> 0), by more than the small steps
  // by which clocks are corrected: what they are records of isn't known.
  Duration clock_off{};
};

// What is to be compared, one share after the other; the second's own last, with what is under way.
template <class Each>
void for_each_portion(const Second& second, Each each) {
  for (const Portion& portion : second.others) each(portion, false);
  each(Portion{second.weight, second.canary, second.stable}, true);
}

}  // namespace slipway::judge
