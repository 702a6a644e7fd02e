#include "judge/bets.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/json.h"
#include "judge/wealth.h"

namespace slipway::judge {
namespace {

constexpr std::array<double, error_bets> error_odds{1.3, 1.7, 2.5, 4, 8, 20, 100};
constexpr std::array<double, error_bets> error_priors{.12, .12, .15, .13, .12, .16, .20};
using Odds = std::array<double, odds_per_threshold>;
constexpr std::array<Odds, Reference::thresholds> threshold_odds{
    {{1.15, 1.7, 3.5, 15}, {1.15, 1.7, 3.5, 15}, {1.15, 1.7, 3.5, 15}, {2, 4, 15, 60}, {8, 30, 120, 400}}};
constexpr std::array<double, shifts> shift_factors{1.05, 1.16, 1.34, 1.71, 3.2};

// Stable's share above a threshold isn't held to be rarer or more frequent than this.
constexpr double rarest = 1e-4, most_frequent = 0.9;
// What a reference that has seen nothing of a bin still holds possible, over all bins.
constexpr double unseen = 2e-5;
constexpr double least_likelihood = 0.03, most_likelihood = 50;
// No bet may cost everything.
constexpr double almost_all = 0.999;

}  // namespace

std::vector<double> priors(std::span<const double, metrics> weights) {
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  CHECK(all > 0);
  std::vector<double> priors;
  for (const double prior : error_priors) priors.push_back(weights[0] / all * prior);
  for (std::size_t metric = 1; metric <= Reference::thresholds; ++metric)
    for (std::size_t i = 0; i < odds_per_threshold; ++i)
      priors.push_back(weights[metric] / all / odds_per_threshold);
  for (std::size_t i = 0; i < shifts; ++i) priors.push_back(weights[metrics - 1] / all / shifts);
  return priors;
}

Metric metric_of(std::size_t bet) {
  if (bet < first_threshold_bet) return Metric::errors;
  if (bet >= first_shape_bet) return Metric::shape;
  return static_cast<Metric>(1 + (bet - first_threshold_bet) / odds_per_threshold);
}

Bets::Bets(const Scale& scale, const Settings::Tolerance& tolerance, double resolution)
    : tolerance_(tolerance),
      resolution_(resolution),
      stable_parts_(scale.parts(1, 0)),
      canary_parts_(scale.parts(tolerance.latency_ratio, resolution)),
      likelihood_(static_cast<std::size_t>(scale.bins())),
      shape_canary_(likelihood_.size()),
      shape_stable_(likelihood_.size()) {
  CHECK(tolerance.errors_ratio >= 1 && tolerance.errors_points >= 0 && tolerance.latency_ratio >= 1);
  for (std::size_t i = 0; i < shifts; ++i) shift_bins_.at(i) = scale.bins_of(shift_factors.at(i));
  most_shift_ = shift_bins_.back();
}

void Bets::renew(const Scale& scale, const Reference& reference) {
  times_known_ = reference.total() >= least_times;
  if (!times_known_) return;
  thresholds_ = reference.quantiles(scale);
  for (std::size_t i = 0; i < thresholds_.size(); ++i) {
    const double ms = scale.low(thresholds_.at(i).cell + 1);
    canary_cells_.at(i) = scale.first_above(ms * tolerance_.latency_ratio + resolution_) - 1;
  }
  measure_shape(reference);
  weight_of_times_ = 0;  // to be weighed anew
}

void Bets::measure_shape(const Reference& reference) {
  const std::size_t bins = likelihood_.size();
  std::vector<double>& density = density_;  // of the bins, as shares
  std::vector<double>& raw = raw_;
  density.assign(bins, 1e-9);
  const auto counts = reference.counts();
  for (std::size_t cell = 0; cell < counts.size(); ++cell) {
    if (counts[cell] == 0) continue;
    for (const auto& [bin, share] : stable_parts_.of(cell)) density[bin] += counts[cell] * share;
  }
  const double all = std::accumulate(density.begin(), density.end(), 0.0);
  const double floor = unseen / static_cast<double>(bins);
  raw.resize(bins);
  for (std::size_t bin = 0; bin < bins; ++bin) raw[bin] = density[bin] / all + floor;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double left = raw[bin == 0 ? 0 : bin - 1], right = raw[std::min(bin + 1, bins - 1)];
    density[bin] = (left + 2 * raw[bin] + right) / 4;
  }
  // Made monotone: half the greatest so far, half the least from here on.
  for (std::size_t i = 0; i < shifts; ++i) {
    const auto shift = static_cast<std::size_t>(shift_bins_.at(i));
    double greatest = least_likelihood;
    for (std::size_t bin = 0; bin < bins; ++bin) {
      const double shifted = bin >= shift ? density[bin - shift] : floor;
      raw[bin] = std::clamp(shifted / density[bin], least_likelihood, most_likelihood);
      greatest = std::max(greatest, raw[bin]);
      likelihood_[bin].at(i) = greatest;
    }
    double least = most_likelihood;
    for (std::size_t bin = bins; bin-- > 0;) {
      least = std::min(least, raw[bin]);
      likelihood_[bin].at(i) = 0.5 * (likelihood_[bin].at(i) + least);
    }
  }
}

void Bets::weigh(double errors, double times) {
  CHECK(errors > 0 && errors < 1 && times >= 0 && times < 1 && !alone_);
  if (errors != weight_of_errors_) {
    weight_of_errors_ = errors;
    const double w = errors, rho = tolerance_.errors_ratio, d = tolerance_.errors_points;
    const double q0 = w * rho / (w * rho + 1 - w);
    for (std::size_t i = 0; i < error_bets; ++i) {
      const double r = rho * error_odds.at(i);
      const double q1 = w * r / (w * r + 1 - w);
      double kappa = std::min(w * (q1 / q0 - 1), almost_all * (1 - w) / rho);
      if (d > 0) kappa = std::min(kappa, almost_all * w / d);
      errors_.at(i) = {std::log(1 + kappa / w * (1 - d)), std::log(1 - kappa / w * d),
                       std::log(1 - kappa * rho / (1 - w))};
    }
  }
  if (times != weight_of_times_ && times_known_ && times > 0) {
    weigh_thresholds(times);
    weigh_shape(times);
  }
  weight_of_times_ = times;
}

void Bets::weigh_thresholds(double w) {
  for (std::size_t t = 0; t < thresholds_.size(); ++t) {
    const double share = std::clamp(thresholds_.at(t).above, rarest, most_frequent);
    for (std::size_t i = 0; i < odds_per_threshold; ++i) {
      const double worse = tilted(share, threshold_odds.at(t).at(i));
      const double above = w * worse / (w * worse + (1 - w) * share);
      const double below = w * (1 - worse) / (w * (1 - worse) + (1 - w) * (1 - share));
      canary_.at(t).at(i) = {std::log(above / w), std::log(below / w)};
      stable_.at(t).at(i) = {std::log((1 - above) / (1 - w)), std::log((1 - below) / (1 - w))};
    }
  }
}

void Bets::weigh_shape(double w) {
  for (std::size_t bin = 0; bin < likelihood_.size(); ++bin) {
    // Most bins are far from all that is seen, and alike.
    if (bin > 0 && likelihood_[bin] == likelihood_[bin - 1]) {
      shape_canary_[bin] = shape_canary_[bin - 1];
      shape_stable_[bin] = shape_stable_[bin - 1];
      continue;
    }
    for (std::size_t i = 0; i < shifts; ++i) {
      const double likelihood = likelihood_[bin].at(i);
      const double mixture = std::log(w * likelihood + 1 - w);
      shape_canary_[bin].at(i) = std::log(likelihood) - mixture;
      shape_stable_[bin].at(i) = -mixture;
    }
  }
}

void Bets::stand_alone(const Scale& scale, const Reference& reference, const Settings::Accept& margins) {
  renew(scale, reference);
  alone_ = true;
  const auto at_most = [](double part, double of) {
    const double share = (part + 1) / (of + 2);
    return std::min(share + 2 * std::sqrt(share * (1 - share) / (of + 2)), 0.98);
  };
  const double limit = std::min(
      margins.errors_ratio * at_most(reference.errors(), reference.requests()) + margins.errors_points, 0.98);
  for (std::size_t i = 0; i < error_bets; ++i) {
    const double worse = tilted(limit, error_odds.at(i));
    errors_.at(i) = {std::log(worse / limit), std::log((1 - worse) / (1 - limit)), 0};
  }
  if (!times_known_) return;
  const double all = reference.total();
  const std::array factors{margins.p50, margins.p90, margins.p99, margins.p99, margins.p99};
  for (std::size_t t = 0; t < thresholds_.size(); ++t) {
    const double ms = scale.low(thresholds_.at(t).cell + 1);
    canary_cells_.at(t) = scale.first_above(ms * factors.at(t) + resolution_) - 1;
    const double share = std::clamp(at_most(thresholds_.at(t).above * all, all), rarest, most_frequent);
    for (std::size_t i = 0; i < odds_per_threshold; ++i) {
      const double worse = tilted(share, threshold_odds.at(t).at(i));
      canary_.at(t).at(i) = {std::log(worse / share), std::log((1 - worse) / (1 - share))};
      stable_.at(t).at(i) = {};
    }
  }
  canary_parts_ = scale.parts(margins.p50, resolution_);
  weight_of_times_ = 1;
  // Made monotone, L isn't 1 in the mean any more.
  ByShift mean{};
  const auto counts = reference.counts();
  for (std::size_t cell = 0; cell < counts.size(); ++cell)
    for (const auto& [bin, share] : stable_parts_.of(cell))
      for (std::size_t i = 0; i < shifts; ++i)
        mean.at(i) += counts[cell] / all * share * likelihood_[bin].at(i);
  for (std::size_t bin = 0; bin < likelihood_.size(); ++bin) {
    shape_stable_[bin] = {};
    for (std::size_t i = 0; i < shifts; ++i)
      shape_canary_[bin].at(i) = std::log(likelihood_[bin].at(i) / std::max(mean.at(i), 1.0));
  }
}

void Bets::add_errors(Arm arm, const Outcomes& outcomes, Gains& gains) const {
  const auto errors = static_cast<double>(outcomes.errors);
  const auto answers = static_cast<double>(outcomes.requests - outcomes.errors);
  for (std::size_t i = 0; i < error_bets; ++i) {
    const Errors& score = errors_.at(i);
    gains.at(i) += arm == Arm::canary ? errors * score.canary_error + answers * score.canary_answer
                                      : errors * score.stable_error;
  }
}

void Bets::add_times(Arm arm, const InstanceSecond& second, std::span<const Histogram::Bucket> before,
                     Gains& gains) const {
  if (!times_known_ || weight_of_times_ == 0) return;
  const Outcomes& outcomes = betting(second);
  const bool of_canary = arm == Arm::canary;
  std::array<int, Reference::thresholds> cells{};
  for (std::size_t t = 0; t < cells.size(); ++t)
    cells[t] = of_canary ? canary_cells_[t] : thresholds_[t].cell;
  std::array<std::int64_t, Reference::thresholds> above{};
  std::int64_t all = 0;
  const auto& shape = of_canary ? shape_canary_ : shape_stable_;
  const Scale::Parts& parts = of_canary ? canary_parts_ : stable_parts_;
  ByShift of_shape{};
  for (const auto& [cell, count] : outcomes.times) {
    all += count;
    for (std::size_t t = 0; t < cells.size(); ++t) above[t] += cell > cells[t] ? count : 0;
    for (const auto& [bin, share] : parts.of(cell)) {
      const double weight = static_cast<double>(count) * share;
      for (std::size_t i = 0; i < shifts; ++i) of_shape[i] += weight * shape[bin][i];
    }
  }
  const bool none_in_flight = second.in_flight.empty() && before.empty();
  const auto& scores = of_canary ? canary_ : stable_;
  for (std::size_t t = 0; t < cells.size(); ++t) {
    const std::int64_t seen_above =
        none_in_flight ? above[t] : newly_above(outcomes.times, second.in_flight, before, cells[t]);
    for (std::size_t i = 0; i < odds_per_threshold; ++i)
      gains[first_threshold_bet + t * odds_per_threshold + i] +=
          static_cast<double>(seen_above) * scores[t][i].above +
          static_cast<double>(all - above[t]) * scores[t][i].below;
  }
  for (std::size_t i = 0; i < shifts; ++i) gains[first_shape_bet + i] += of_shape[i];
}

Json Bets::checkpoint() const {
  Json thresholds = Json::array(), likelihood = Json::array();
  for (const auto& [cell, above] : thresholds_) thresholds.push_back({cell, above});
  for (std::size_t bin = 0; bin < likelihood_.size(); ++bin)
    if (bin == 0 || likelihood_[bin] != likelihood_[bin - 1]) likelihood.push_back({bin, likelihood_[bin]});
  return {{"known", times_known_},
          {"thresholds", thresholds},
          {"canary_cells", canary_cells_},
          {"likelihood", likelihood}};
}

void Bets::restore(const Json& checkpoint) {
  checkpoint.at("known").get_to(times_known_);
  checkpoint.at("canary_cells").get_to(canary_cells_);
  for (std::size_t i = 0; i < thresholds_.size(); ++i) {
    const Json& threshold = checkpoint.at("thresholds").at(i);
    thresholds_.at(i) = {threshold.at(0).get<int>(), threshold.at(1).get<double>()};
  }
  for (const Json& step : checkpoint.at("likelihood")) {
    const auto from = step.at(0).get<std::size_t>();
    if (from > likelihood_.size()) throw Json::other_error::create(501, "no such bin", &checkpoint);
    std::fill(likelihood_.begin() + static_cast<std::ptrdiff_t>(from), likelihood_.end(),
              step.at(1).get<ByShift>());
  }
  weight_of_errors_ = weight_of_times_ = 0;
}

}  // namespace slipway::judge
