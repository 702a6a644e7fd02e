#pragma once

#include <span>
#include <vector>

#include "base/json_fwd.h"
#include "judge/second.h"

namespace slipway::judge {

// What was under way at each instance of an arm when the last second ended.
class InFlight {
 public:
  void take(const ArmSecond& seconds);
  std::span<const Histogram::Bucket> of(int instance) const;  // empty where nothing is known

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  std::vector<std::vector<Histogram::Bucket>> by_instance_;
};

// How many requests turned out to be beyond a cell in this second: those that ended beyond it or are under
// way and older, without those that were so before the second.
std::int64_t newly_above(std::span<const Histogram::Bucket> ended,
                         std::span<const Histogram::Bucket> in_flight,
                         std::span<const Histogram::Bucket> before, int cell);
std::int64_t count_above(std::span<const Histogram::Bucket> buckets, int cell);
std::int64_t count_all(std::span<const Histogram::Bucket> buckets);

}  // namespace slipway::judge
