#include "judge/share.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"

namespace slipway::judge {
namespace {

// Until so many requests of the canary were expected, the weight is believed.
constexpr double believed = 20;

}  // namespace

std::int64_t arrivals(const ArmSecond& arm, const InFlight& before) {
  if (arm.sessions) return *arm.sessions;
  std::int64_t arrivals = 0;
  for (const InstanceSecond& each : arm.instances)
    arrivals += betting(each).requests + count_all(each.in_flight) - count_all(before.of(each.instance));
  return std::max<std::int64_t>(0, arrivals);
}

std::optional<double> Share::of(std::optional<double> meant) const {
  if (!meant || *meant <= 0 || *meant >= 1) return std::nullopt;
  if (memory_ == 0) return meant;
  const double odds = factor_ * *meant / (1 - *meant);
  return odds / (1 + odds);
}

void Share::take(const Second& second, const InFlight& canary_before, const InFlight& stable_before) {
  if (memory_ == 0 || !second.weight || *second.weight <= 0 || *second.weight >= 1) return;
  const double keeps = std::exp(-1 / memory_);
  const InFlight nothing;
  seen_ *= keeps;
  expected_ *= keeps;
  for_each_portion(second, [&](const Portion& portion, bool last) {
    if (!portion.weight || *portion.weight <= 0 || *portion.weight >= 1) return;
    const double odds = *portion.weight / (1 - *portion.weight);
    seen_ += static_cast<double>(arrivals(portion.canary, last ? canary_before : nothing));
    expected_ += odds * static_cast<double>(arrivals(portion.stable, last ? stable_before : nothing));
  });
}

void Share::begin_block() {
  factor_ = (seen_ + believed) / (expected_ + believed);
}

Json Share::checkpoint() const {
  return {{"seen", seen_}, {"expected", expected_}, {"factor", factor_}};
}

void Share::restore(const Json& checkpoint) {
  checkpoint.at("seen").get_to(seen_);
  checkpoint.at("expected").get_to(expected_);
  checkpoint.at("factor").get_to(factor_);
}

}  // namespace slipway::judge
