#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "judge/settings.h"

namespace slipway::judge {

struct Forecast {
  double errors = 0;              // the canary's share of errors, 0 … 1
  std::optional<Duration> after;  // in the mean after so long; nothing: not within the plan
};

struct Outlook {
  struct Step {
    double weight = 0;  // the canary's share of what is recorded, 0 … 1
    Duration hold{};
  };
  std::vector<Step> steps;
  double requests_per_minute = 0;  // that are recorded, of both arms
  double base_errors = 0.005;      // stable's share
};

// When errors of 20 %, 5 % and 2 % would be caught, by the information bound times a factor that was
// measured.
std::vector<Forecast> foresee(const Outlook& outlook, const Settings& settings);
// "at 8 canary requests a minute, errors of 20 % would be caught in about 2 min, 2 % not within this plan:
// consider a longer hold"
std::string sentence(const Outlook& outlook, const std::vector<Forecast>& forecasts);

}  // namespace slipway::judge
