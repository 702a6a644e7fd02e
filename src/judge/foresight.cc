#include "judge/foresight.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "judge/figure.h"

namespace slipway::judge {
namespace {

constexpr std::array looked_at{0.20, 0.05, 0.02};

// How many requests the judge takes over the bound, for errors of 2 to 20 % in simulations (docs/judge.md).
constexpr double over_the_bound = 1.6;
// Half is invested at the start, and gains are cut by the block: no share of errors below all is seen sooner.
constexpr double soonest = 11;  // seconds

double divergence(double p, double q) {
  double sum = 0;
  if (p > 0) sum += p * std::log(p / q);
  if (p < 1) sum += (1 - p) * std::log((1 - p) / (1 - q));
  return sum;
}

// What a request tells of the canary, at the least of all stables for which it would still be within the
// tolerance: w·KL(p_c ‖ ρs + d) + (1 − w)·KL(p_s ‖ s), over s.
double information(double canary, double stable, double w, const Settings::Tolerance& tolerance) {
  const auto at = [&](double s) {
    const double within = std::min(tolerance.errors_ratio * s + tolerance.errors_points, 1 - 1e-9);
    return w * divergence(canary, within) + (1 - w) * divergence(stable, s);
  };
  if (canary <= tolerance.errors_ratio * stable + tolerance.errors_points) return 0;
  // It falls and rises again as s goes up.
  double low = std::log(std::max(stable, 1e-9)), high = std::log(1 - 1e-6);
  for (int i = 0; i < 100; ++i) {
    const double left = low + (high - low) / 3, right = high - (high - low) / 3;
    if (at(std::exp(left)) < at(std::exp(right)))
      high = right;
    else
      low = left;
  }
  return at(std::exp(low));
}

}  // namespace

std::vector<Forecast> foresee(const Outlook& outlook, const Settings& settings) {
  const Settings::Tolerance tolerance = settings.strict ? Settings::Tolerance{1, 0, 1} : settings.tolerance;
  const double base = std::clamp(outlook.base_errors, 1e-5, 0.5);
  std::vector<Forecast> forecasts;
  for (const double errors : looked_at) {
    double needed = over_the_bound * std::log(1 / settings.alpha);
    double passed = 0;  // seconds
    Forecast forecast{errors, std::nullopt};
    for (const auto& [weight, hold] : outlook.steps) {
      const double seconds = static_cast<double>(hold.count()) / 1000;
      const double per_second = weight > 0 && weight < 1 ? outlook.requests_per_minute / 60 *
                                                               information(errors, base, weight, tolerance)
                                                         : 0;
      if (per_second * seconds >= needed) {
        const double after = std::max(soonest, passed + needed / per_second);
        forecast.after = Duration(std::llround(after * 1000));
        break;
      }
      needed -= per_second * seconds;
      passed += seconds;
    }
    forecasts.push_back(forecast);
  }
  return forecasts;
}

std::string sentence(const Outlook& outlook, const std::vector<Forecast>& forecasts) {
  const double weight = outlook.steps.empty() ? 0 : outlook.steps.front().weight;
  std::string text = fmt::format("at {} canary requests a minute, errors of ",
                                 std::llround(std::max(1.0, outlook.requests_per_minute * weight)));
  std::vector<std::string> missed;
  std::string caught;
  for (const auto& [errors, after] : forecasts) {
    if (!after)
      missed.push_back(share_figure(errors));
    else if (caught.empty())
      caught = fmt::format("{} would be caught in about {}", share_figure(errors), span_figure(*after));
    else
      caught += fmt::format(", {} in about {}", share_figure(errors), span_figure(*after));
  }
  text += caught;
  if (missed.empty()) return text;
  if (!caught.empty()) text += ", ";
  return text + fmt::format("{} not within this plan: consider a longer hold", fmt::join(missed, " and "));
}

}  // namespace slipway::judge
