#include "tally.h"

#include <algorithm>

namespace slipway::bench {

Tally::Tally(const Scene& scene, Who who) : who_(who) {
  const auto canaries = static_cast<std::size_t>(scene.canary_instances());
  arms_[0].resize(canaries);
  arms_[1].resize(static_cast<std::size_t>(scene.instances) - canaries);
}

void Tally::Sums::add_time(std::uint16_t bucket) {
  if (counts.empty()) counts.resize(judge::Histogram::most_buckets);
  if (counts[bucket]++ == 0) seen.push_back(bucket);
}

judge::Outcomes Tally::Sums::take() {
  std::ranges::sort(seen);
  buckets.clear();
  for (const std::uint16_t bucket : seen) {
    buckets.push_back({bucket, counts[bucket]});
    counts[bucket] = 0;
  }
  seen.clear();
  const judge::Outcomes outcomes{requests, errors, buckets};
  requests = errors = 0;
  return outcomes;
}

const judge::Second& Tally::second(Time at, double weight, const std::vector<Request>& requests) {
  std::array<std::int64_t, 2> fresh{};
  for (const Request& request : requests) {
    const std::size_t arm = request.canary ? 0 : 1;
    Instance& instance = arms_.at(arm)[request.instance];
    const std::uint16_t bucket = judge::Histogram::index_of(Duration(static_cast<std::int64_t>(request.ms)));
    instance.all.requests += 1;
    instance.all.errors += request.failed ? 1 : 0;
    instance.all.add_time(bucket);
    if (who_ == Who::requests) continue;
    using Outcome = judge::Sessions::Outcome;
    const auto bets = sessions_.see(request.client, request.failed ? Outcome::error : Outcome::answered);
    instance.betting.requests += bets.count ? 1 : 0;
    instance.betting.errors += bets.error ? 1 : 0;
    if (!bets.time) continue;
    instance.betting.add_time(bucket);
    ++fresh.at(arm);
  }
  for (std::size_t arm = 0; arm < arms_.size(); ++arm) {
    seconds_.at(arm).clear();
    for (std::size_t i = 0; i < arms_.at(arm).size(); ++i) {
      judge::InstanceSecond each;
      each.instance = static_cast<int>(i);
      each.all = arms_.at(arm)[i].all.take();
      if (who_ == Who::sessions) each.betting = arms_.at(arm)[i].betting.take();
      seconds_.at(arm).push_back(each);
    }
  }
  second_.at = at;
  second_.weight = weight;
  second_.canary.instances = seconds_[0];
  second_.stable.instances = seconds_[1];
  if (who_ == Who::sessions) {
    second_.canary.sessions = fresh[0];
    second_.stable.sessions = fresh[1];
  }
  return second_;
}

}  // namespace slipway::bench
