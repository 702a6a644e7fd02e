#include "judge/in_flight.h"

#include <algorithm>

#include "base/check.h"
#include "base/json.h"
#include "judge/block_gains.h"

namespace slipway::judge {

void InFlight::take(const ArmSecond& seconds) {
  for (const InstanceSecond& each : seconds.instances) {
    CHECK(each.instance >= 0 && each.instance < most_instances);
    const auto index = static_cast<std::size_t>(each.instance);
    if (index >= by_instance_.size()) {
      if (each.in_flight.empty()) continue;
      by_instance_.resize(index + 1);
    }
    by_instance_[index].assign(each.in_flight.begin(), each.in_flight.end());
  }
}

std::span<const Histogram::Bucket> InFlight::of(int instance) const {
  const auto index = static_cast<std::size_t>(instance);
  if (index >= by_instance_.size()) return {};
  return by_instance_[index];
}

Json InFlight::checkpoint() const {
  Json instances = Json::array();
  for (const auto& buckets : by_instance_) {
    Json pairs = Json::array();
    for (const auto& [index, count] : buckets) pairs.push_back({index, count});
    instances.push_back(pairs);
  }
  return instances;
}

void InFlight::restore(const Json& checkpoint) {
  by_instance_.clear();
  for (const Json& pairs : checkpoint) {
    auto& buckets = by_instance_.emplace_back();
    for (const Json& pair : pairs)
      buckets.push_back({pair.at(0).get<std::uint16_t>(), pair.at(1).get<std::int64_t>()});
  }
}

std::int64_t count_all(std::span<const Histogram::Bucket> buckets) {
  std::int64_t all = 0;
  for (const auto& [cell, count] : buckets) all += count;
  return all;
}

std::int64_t count_above(std::span<const Histogram::Bucket> buckets, int cell) {
  std::int64_t above = 0;
  for (const auto& [at, count] : buckets) above += at > cell ? count : 0;
  return above;
}

std::int64_t newly_above(std::span<const Histogram::Bucket> ended,
                         std::span<const Histogram::Bucket> in_flight,
                         std::span<const Histogram::Bucket> before, int cell) {
  const std::int64_t above = count_above(ended, cell);
  if (in_flight.empty() && before.empty()) return above;
  return std::max<std::int64_t>(0, above + count_above(in_flight, cell) - count_above(before, cell));
}

}  // namespace slipway::judge
