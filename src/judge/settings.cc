#include "judge/settings.h"

#include "base/words.h"

namespace slipway::judge {

std::string_view name(Metric metric) {
  switch (metric) {
    case Metric::errors:
      return "errors";
    case Metric::p50:
      return "p50";
    case Metric::p90:
      return "p90";
    case Metric::p99:
      return "p99";
    case Metric::p999:
      return "p99.9";
    case Metric::slow:
      return "slow";
    case Metric::shape:
      return "shape";
  }
  return "";
}

SLIPWAY_JSON(Settings::Tolerance, errors_ratio, errors_points, latency_ratio)
SLIPWAY_JSON(Settings::Accept, beta, errors_ratio, errors_points, p50, p90, p99)
SLIPWAY_JSON(Settings, alpha, tolerance, strict, weights, accept, minimum_bake, literal)

}  // namespace slipway::judge
