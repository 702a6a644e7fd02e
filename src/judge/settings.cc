#include "judge/settings.h"

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

}  // namespace slipway::judge
