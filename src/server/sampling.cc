#include "server/sampling.h"

#include <algorithm>
#include <array>

#include "base/log.h"

namespace slipway::server {

namespace {

int largest_up_to(double ratio) {
  constexpr std::array allowed{1, 2, 5, 10, 20, 50, 100};
  int largest = allowed.front();
  for (const int candidate : allowed)
    if (candidate <= ratio) largest = candidate;
  return largest;
}

}  // namespace

int one_in(const Flow& flow, int now) {
  constexpr double least_records = 500;  // a second
  constexpr double margin = 1.25;
  const double ratio = flow.stable / std::max(least_records, flow.canary);
  // Recording more is done at once, recording less only when it is surely enough.
  const int best = largest_up_to(ratio);
  return best <= now ? best : std::max(now, largest_up_to(ratio / margin));
}

Sampling::Sampling(Loop& loop, drivers::Workers& workers, Tell tell)
    : loop_(loop), workers_(workers), tell_(std::move(tell)) {}

void Sampling::want(const core::Target& target, int one_in, Time now) {
  constexpr Duration until_told_again{10'000};
  Rate& rate = rates_[target];
  rate.wanted = one_in;
  if (rate.under_way) return;
  const bool waited = now - rate.tried >= until_told_again;
  const bool differs = rate.told != one_in;
  const bool matters = one_in != one_in_at_rest;
  // At rest a proxy that can't be told records one in a hundred or more: that can wait.
  if (differs ? (matters || !rate.failed || waited) : (matters && waited)) tell(target, rate, now);
}

int Sampling::rate(const core::Target& target) const {
  const auto rate = rates_.find(target);
  return rate == rates_.end() ? one_in_at_rest : rate->second.wanted;
}

std::optional<int> Sampling::told(const core::Target& target) const {
  const auto rate = rates_.find(target);
  return rate == rates_.end() || rate->second.told != rate->second.wanted ? std::nullopt : rate->second.told;
}

void Sampling::tell(const core::Target& target, Rate& rate, Time now) {
  rate.under_way = true;
  rate.tried = now;
  workers_.run([this, target, one_in = rate.wanted] {
    const Status status = tell_(target, one_in);
    loop_.post([this, target, one_in, status] { ended(target, one_in, status); });
  });
}

void Sampling::ended(const core::Target& target, int one_in, const Status& status) {
  const auto found = rates_.find(target);
  if (found == rates_.end()) return;
  Rate& rate = found->second;
  rate.under_way = false;
  if (status)
    rate.told = one_in;
  else
    rate.told.reset();
  const bool failed_before = std::exchange(rate.failed, !status);
  if (!status && !failed_before)
    log_warning("how many requests of {} are recorded can't be set: {}", target.text(),
                status.error().message);
}

}  // namespace slipway::server
