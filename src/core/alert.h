#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace slipway::core {

// An alarm that is armed with a deployment and disarmed after its bake. It ends nothing unless told to.
struct Alert {
  enum class Metric { errors, latency };  // of all users' requests: statuses 5xx and failed ones; times
  enum class Statistic { sum, average };  // sum: of errors; average: errors a second, or milliseconds
  std::string name;                       // unique
  Metric metric = Metric::errors;
  Statistic statistic = Statistic::sum;
  double above = 0;            // errors (sum), errors a second, or milliseconds
  Duration period{300'000};    // whole seconds, 1 s … 1 d
  int evaluation_periods = 1;  // so many periods in a row, 1 … 100
  bool notify = true;
  std::vector<std::string> command;  // run when it begins to fire; empty: none
  bool roll_back = false;            // before promotion, and while the old release is warm
  bool operator==(const Alert&) const = default;
};

// "errors: Errors sum above 10 in 5 min, 2 periods in a row"
std::string describe(const Alert& alert);

}  // namespace slipway::core
