#include "judge/guard.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/json.h"

namespace slipway::judge {
namespace {

using Statistic = Trigger::Statistic;

constexpr int block = 10, every = 30;                                       // seconds
constexpr std::array<double, 7> worse{1.2, 1.5, 2, 3, 6, 20, 400};          // odds, of the threshold's
constexpr std::array<double, 7> better{0.85, 0.7, 0.5, 0.3, 0.1, 0.01, 0};  // odds
constexpr std::array<double, 7> stakes{.02, .06, .15, .3, .5, .75, .95};
constexpr double longest = 10;  // times the threshold of a mean, beyond which times count as so long
// What was right for long says little of now: no more than this is kept of it.
constexpr double most_within = 8, most_beyond = 12;
constexpr double least_share = 1e-6;

// A share θ of the requests may be bad.
double allowed(const Trigger& trigger) {
  if (trigger.metric == Trigger::Metric::error_rate)
    return std::clamp(static_cast<double>(trigger.threshold) / 1'000'000, least_share, 1 - least_share);
  switch (trigger.statistic) {
    case Statistic::p50:
      return 0.5;
    case Statistic::p90:
      return 0.1;
    case Statistic::p99:
      return 0.01;
    case Statistic::mean:
      break;
  }
  return 0.5;
}

std::vector<double> even(std::size_t n) {
  return std::vector<double>(n, 1 / static_cast<double>(n));
}

}  // namespace

bool Guard::guards(const Trigger& trigger) {
  return trigger.metric != Trigger::Metric::health_check;
}

Guard::Guard(const Trigger& trigger, int injections)
    : trigger_(trigger),
      of_errors_(trigger.metric == Trigger::Metric::error_rate),
      of_mean_(!of_errors_ && trigger.statistic == Statistic::mean),
      beyond_(even(bets), injections > 0 ? Wealth::Plan{0.5, 0, injections, every} : Wealth::Plan{}),
      within_(even(bets), {}) {
  CHECK(guards(trigger));
  if (!of_errors_) cell_ = Histogram::index_of(Duration(trigger.threshold));
  const double share = allowed(trigger);
  for (std::size_t i = 0; i < bets; ++i) {
    const double more = tilted(share, worse.at(i)), less = tilted(share, better.at(i));
    beyond_if_bad_.at(i) = std::log(more / share);
    beyond_if_good_.at(i) = std::log((1 - more) / (1 - share));
    // What would never be bad costs all but everything where it is.
    within_if_bad_.at(i) = std::log(std::max(less / share, 1e-6));
    within_if_good_.at(i) = std::log((1 - less) / (1 - share));
  }
  if (!of_mean_) return;
  const double limit = std::max(1.0, static_cast<double>(trigger.threshold));
  for (int bucket = 0; bucket < Histogram::most_buckets; ++bucket) {
    const double shortest = std::min(static_cast<double>(Histogram::lowest(bucket)), longest * limit);
    const double end = std::min(static_cast<double>(Histogram::lowest(bucket + 1) - 1), longest * limit);
    Gains& beyond = beyond_by_bucket_.emplace_back();
    Gains& within = within_by_bucket_.emplace_back();
    for (std::size_t i = 0; i < bets; ++i) {
      beyond.at(i) = std::log1p(stakes.at(i) * (shortest / limit - 1));
      within.at(i) = std::log1p(stakes.at(i) * (1 - end / limit) / (longest - 1));
    }
  }
}

void Guard::take(const ArmSecond& seconds, const InFlight& before, Duration warm_up, double share) {
  beyond_.begin_second();
  if (share > 0) most_log_gain_ = std::log(std::clamp(0.5 / share, 2.0, 10.0));
  for (const InstanceSecond& each : seconds.instances)
    if (of_errors_ || each.age >= warm_up) add(each, before.of(each.instance));
  Gains sum{};
  block_.add_to(sum, most_log_gain_);
  log_beyond_ = beyond_.log_total(sum);
  within_.cut(most_within);
  log_within_ = within_.log_total();
  if (++second_of_block_ == block) {
    end_block(sum);
  }
}

void Guard::end_block(const Gains& gains) {
  beyond_.multiply(gains);
  beyond_.cut(most_beyond);
  block_.clear();
  second_of_block_ = 0;
}

void Guard::forgive() {
  Gains sum{};
  block_.add_to(sum, 0);
  end_block(sum);
  beyond_.cut(0);
  log_beyond_ = beyond_.log_total();
}

void Guard::add(const InstanceSecond& second, std::span<const Histogram::Bucket> before) {
  Gains& gains = block_.of(second.instance);
  Gains within{};
  if (of_mean_) {
    for (const auto& [bucket, count] : second.all.times) {
      seen_ += count;
      for (std::size_t i = 0; i < bets; ++i) {
        gains.at(i) += static_cast<double>(count) * beyond_by_bucket_.at(bucket).at(i);
        within.at(i) += static_cast<double>(count) * within_by_bucket_.at(bucket).at(i);
      }
    }
  } else {
    const std::int64_t bad =
        of_errors_ ? second.all.errors : newly_above(second.all.times, second.in_flight, before, cell_);
    const std::int64_t good = of_errors_ ? second.all.requests - second.all.errors
                                         : count_all(second.all.times) - count_above(second.all.times, cell_);
    seen_ += bad + good;
    bad_ += bad;
    for (std::size_t i = 0; i < bets; ++i) {
      gains.at(i) +=
          static_cast<double>(bad) * beyond_if_bad_.at(i) + static_cast<double>(good) * beyond_if_good_.at(i);
      within.at(i) +=
          static_cast<double>(bad) * within_if_bad_.at(i) + static_cast<double>(good) * within_if_good_.at(i);
    }
  }
  within_.multiply(within);
}

Json Guard::checkpoint() const {
  return {{"beyond", beyond_.checkpoint()},
          {"within", within_.checkpoint()},
          {"block", block_.checkpoint()},
          {"most_log_gain", most_log_gain_},
          {"second_of_block", second_of_block_},
          {"log_beyond", log_beyond_},
          {"log_within", log_within_},
          {"seen", seen_},
          {"bad", bad_}};
}

void Guard::restore(const Json& checkpoint) {
  beyond_.restore(checkpoint.at("beyond"));
  within_.restore(checkpoint.at("within"));
  block_.restore(checkpoint.at("block"));
  checkpoint.at("most_log_gain").get_to(most_log_gain_);
  checkpoint.at("second_of_block").get_to(second_of_block_);
  checkpoint.at("log_beyond").get_to(log_beyond_);
  checkpoint.at("log_within").get_to(log_within_);
  checkpoint.at("seen").get_to(seen_);
  checkpoint.at("bad").get_to(bad_);
}

}  // namespace slipway::judge
