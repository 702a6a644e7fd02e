#include "judge/sample_ratio.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/json.h"
#include "judge/in_flight.h"

namespace slipway::judge {
namespace {

constexpr std::array<double, 7> odds{1 / 16.0, 1 / 4.0, 1 / 2.0, 1 / 1.4, 1.4, 2, 4};
constexpr std::size_t of_requests = 2;  // the first ones may bet on requests
// An arm that is set right again is soon believed.
constexpr double most_evidence = 12;

std::int64_t requests_of(const ArmSecond& seconds) {
  std::int64_t requests = 0;
  for (const InstanceSecond& each : seconds.instances) requests += each.all.requests;
  return requests;
}

std::int64_t under_way(const ArmSecond& seconds) {
  std::int64_t requests = 0;
  for (const InstanceSecond& each : seconds.instances) requests += count_all(each.in_flight);
  return requests;
}

}  // namespace

SampleRatio::SampleRatio()
    : wealth_(std::vector<double>(odds.size(), 1 / static_cast<double>(odds.size())), {0.5, 0, 100, 30}) {}

double SampleRatio::limit() {
  return std::log(1000.0);
}

void SampleRatio::take(const Second& second) {
  wealth_.begin_second();
  if (!second.weight || *second.weight <= 0 || *second.weight >= 1) return;
  const bool by_session = second.canary.sessions && second.stable.sessions;
  // A request that hangs has come.
  const std::int64_t canary_now = under_way(second.canary), stable_now = under_way(second.stable);
  const std::int64_t canary_requests =
      std::max<std::int64_t>(0, requests_of(second.canary) + canary_now - canary_under_way_);
  const std::int64_t stable_requests =
      std::max<std::int64_t>(0, requests_of(second.stable) + stable_now - stable_under_way_);
  canary_under_way_ = canary_now;
  stable_under_way_ = stable_now;
  double of_canary = 0, of_stable = 0;  // what should have come, by what came to the other arm
  std::array<double, odds.size()> gains{};
  for_each_portion(second, [&](const Portion& portion, bool last) {
    if (!portion.weight || *portion.weight <= 0 || *portion.weight >= 1 || (!by_session && !last)) return;
    const double w = *portion.weight;
    const auto canary =
        static_cast<double>(by_session ? portion.canary.sessions.value_or(0) : canary_requests);
    const auto stable =
        static_cast<double>(by_session ? portion.stable.sessions.value_or(0) : stable_requests);
    of_canary += stable * w / (1 - w);
    of_stable += canary * (1 - w) / w;
    for (std::size_t i = 0; i < odds.size(); ++i) {
      if (!by_session && i >= of_requests) continue;
      const double share = odds.at(i) * w / (1 - w + odds.at(i) * w);
      gains.at(i) += canary * std::log(share / w) + stable * std::log((1 - share) / (1 - w));
    }
    canary_ += canary;
    stable_ += stable;
    meant_ += (canary + stable) * w;
  });
  expected_of_canary_ = canary_requests > 0 ? 0 : expected_of_canary_ + of_canary;
  expected_of_stable_ = stable_requests > 0 ? 0 : expected_of_stable_ + of_stable;
  wealth_.multiply(gains);
  wealth_.cut(most_evidence);
  log_evidence_ = wealth_.log_total();
}

double SampleRatio::seen() const {
  return canary_ + stable_ > 0 ? canary_ / (canary_ + stable_) : 0;
}

double SampleRatio::meant() const {
  return canary_ + stable_ > 0 ? meant_ / (canary_ + stable_) : 0;
}

Json SampleRatio::checkpoint() const {
  return {{"wealth", wealth_.checkpoint()},
          {"log_evidence", log_evidence_},
          {"expected_of_canary", expected_of_canary_},
          {"expected_of_stable", expected_of_stable_},
          {"canary", canary_},
          {"stable", stable_},
          {"meant", meant_},
          {"canary_under_way", canary_under_way_},
          {"stable_under_way", stable_under_way_}};
}

void SampleRatio::restore(const Json& checkpoint) {
  wealth_.restore(checkpoint.at("wealth"));
  checkpoint.at("log_evidence").get_to(log_evidence_);
  checkpoint.at("expected_of_canary").get_to(expected_of_canary_);
  checkpoint.at("expected_of_stable").get_to(expected_of_stable_);
  checkpoint.at("canary").get_to(canary_);
  checkpoint.at("stable").get_to(stable_);
  checkpoint.at("meant").get_to(meant_);
  checkpoint.at("canary_under_way").get_to(canary_under_way_);
  checkpoint.at("stable_under_way").get_to(stable_under_way_);
}

}  // namespace slipway::judge
