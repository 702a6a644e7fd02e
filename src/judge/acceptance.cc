#include "judge/acceptance.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"

namespace slipway::judge {
namespace {

constexpr std::array<double, 5> stakes_of_errors{.1, .25, .5, .75, .9};
constexpr std::array<double, 3> fewer{.15, .4, .7};
constexpr double rarest_tail = 2e-4, most_frequent_tail = 0.9;

// Of a threshold.
struct Sides {
  std::int64_t above = 0, below = 0;
};

}  // namespace

Acceptance::Acceptance(const Settings::Accept& margins) : margins_(margins) {
  errors_.fill(-std::log(static_cast<double>(stakes)));
  for (auto& each : times_) each.fill(-std::log(static_cast<double>(odds)));
}

void Acceptance::take(const Second& second, const Relative& relative) {
  for_each_portion(second, [&](const Portion& portion, bool last) {
    const std::optional<double> share = relative.share(portion);
    if (!share) return;
    take_errors(portion, *share);
    if (const double weight = relative.share_of_times(portion); weight > 0 && relative.bets().times_known())
      take_times(portion, relative, weight, last);
  });
}

void Acceptance::take_errors(const Portion& portion, double weight) {
  const double w = weight, d = margins_.errors_points, rho = margins_.errors_ratio;
  std::int64_t errors = 0, answers = 0, stable_errors = 0;
  for (const InstanceSecond& each : portion.canary.instances) {
    errors += betting(each).errors;
    answers += betting(each).requests - betting(each).errors;
  }
  for (const InstanceSecond& each : portion.stable.instances) stable_errors += betting(each).errors;
  for (std::size_t i = 0; i < stakes; ++i) {
    const double stake = stakes_of_errors.at(i);
    errors_.at(i) += static_cast<double>(errors) * std::log(1 - stake) +
                     static_cast<double>(answers) * std::log(1 + stake * d / (1 - d)) +
                     static_cast<double>(stable_errors) * std::log(1 + stake * w * rho / ((1 - d) * (1 - w)));
  }
}

void Acceptance::take_times(const Portion& portion, const Relative& relative, double weight,
                            bool with_what_is_under_way) {
  const double w = weight;
  const std::array margins{margins_.p50, margins_.p90, margins_.p99};
  const Scale& scale = relative.setup().scale;
  for (std::size_t q = 0; q < quantiles; ++q) {
    const int cell = relative.bets().thresholds().at(q).cell;
    // Of the cell that the margin lies in, all counts as beyond.
    const int canary_cell = scale.cell_at(scale.low(cell + 1) * margins.at(q)) - 1;
    const double share = std::clamp(relative.reference().share_above(cell), rarest_tail, most_frequent_tail);
    const auto count = [&](Arm arm, const ArmSecond& seconds, int beyond) {
      Sides sides;
      for (const InstanceSecond& each : seconds.instances) {
        if (!relative.is_warm(each)) continue;
        const auto& times = betting(each).times;
        const auto before = with_what_is_under_way ? relative.in_flight(arm).of(each.instance)
                                                   : std::span<const Histogram::Bucket>{};
        sides.above += newly_above(times, each.in_flight, before, beyond);
        sides.below += count_all(times) - count_above(times, beyond);
      }
      return sides;
    };
    const Sides canary = count(Arm::canary, portion.canary, canary_cell);
    const Sides stable = count(Arm::stable, portion.stable, cell);
    for (std::size_t i = 0; i < odds; ++i) {
      const double better = fewer.at(i) * share / (1 - share + fewer.at(i) * share);
      const double g1 = w * better / (w * better + (1 - w) * share);
      const double g0 = w * (1 - better) / (w * (1 - better) + (1 - w) * (1 - share));
      times_.at(q).at(i) += static_cast<double>(canary.above) * std::log(g1 / w) +
                            static_cast<double>(canary.below) * std::log(g0 / w) +
                            static_cast<double>(stable.above) * std::log((1 - g1) / (1 - w)) +
                            static_cast<double>(stable.below) * std::log((1 - g0) / (1 - w));
    }
  }
}

double Acceptance::log_errors() const {
  return log_sum(errors_);
}

double Acceptance::log_evidence() const {
  double least = log_errors();
  for (const auto& each : times_) least = std::min(least, log_sum(each));
  return least;
}

Json Acceptance::checkpoint() const {
  return {{"errors", errors_}, {"times", times_}};
}

void Acceptance::restore(const Json& checkpoint) {
  checkpoint.at("errors").get_to(errors_);
  checkpoint.at("times").get_to(times_);
}

}  // namespace slipway::judge
