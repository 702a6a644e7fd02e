#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "judge/second.h"
#include "judge/sessions.h"
#include "stream.h"

namespace slipway::bench {

// Adds up requests by arm, instance and second, as telemetry does for the judge. Without allocation once all
// buckets were seen.
class Tally {
 public:
  enum class Who { requests, sessions };  // who bets
  Tally(const Scene& scene, Who who);
  // Good until the next call.
  const judge::Second& second(Time at, double weight, const std::vector<Request>& requests);

 private:
  struct Sums {
    std::int64_t requests = 0, errors = 0;
    std::vector<std::uint32_t> counts;  // by bucket
    std::vector<std::uint16_t> seen;    // buckets
    std::vector<judge::Histogram::Bucket> buckets;
    void add_time(std::uint16_t bucket);
    judge::Outcomes take();
  };
  struct Instance {
    Sums all, betting;
  };
  Who who_;
  judge::Sessions sessions_;
  std::array<std::vector<Instance>, 2> arms_;  // canary, stable
  std::array<std::vector<judge::InstanceSecond>, 2> seconds_;
  judge::Second second_;
};

}  // namespace slipway::bench
