#pragma once

#include <cstdint>
#include <vector>

#include "random.h"

namespace slipway::bench {

// Times are drawn on a grid that is finer than any histogram that they are counted in: slots that grow by
// 0.5 %, from 5 ms to 60 s.
inline constexpr int slots = 1884;
inline constexpr double shortest_ms = 5;
double slot_begin(int slot);  // ms

// How long requests take: lognormal, median 80 ms × scale, σ 0.6; `tail` of them 2 s longer.
struct Times {
  double scale = 1;
  double tail = 0;  // 0 … 1
  bool operator==(const Times&) const = default;
};
std::vector<double> probabilities(const Times& times);  // of the slots; their sum is 1

// Draws times in ms, evenly within a slot.
class Law {
 public:
  explicit Law(const Times& times) : lottery_(probabilities(times)) {}
  double draw(Random& random) const;

 private:
  Lottery lottery_;
};

// What a request tells about its arm, on average, in nats: the mutual information of arm and outcome (whether
// it failed, how long it took), where the share `weight` goes to the canary. No test at level α needs fewer
// than ln(1/α) of them, on average.
struct Outcome {
  double errors = 0;  // share
  Times times;
};
double information(const Outcome& canary, const Outcome& stable, double weight);

}  // namespace slipway::bench
