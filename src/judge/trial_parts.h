#pragma once

#include <array>
#include <optional>
#include <vector>

#include "judge/acceptance.h"
#include "judge/fast_path.h"
#include "judge/guard.h"
#include "judge/relative.h"
#include "judge/sample_ratio.h"
#include "judge/trial.h"
#include "judge/watch.h"

namespace slipway::judge {

// All of an arm since users came to the canary, to be shown.
struct Total {
  std::int64_t requests = 0, errors = 0;
  std::array<std::int64_t, Histogram::most_buckets> times{};
  void add(const ArmSecond& seconds);
};

// Evidence that has reached its limit stays so; until then, since when it has been rising.
struct Rise {
  bool reached = false;
  std::optional<Time> since;  // the first second after the evidence was last nothing
  void take(Time second, double log_evidence, double limit);
};

struct Trial::Parts {
  explicit Parts(Plan plan);
  void take(const Second& second);
  double guard_limit() const;  // ln of what a trigger's evidence must reach
  bool stable_is_beyond(std::size_t guard) const;

  Plan plan;
  Relative relative;
  Acceptance acceptance;
  FastPath fast;
  FastPath fast_of_stable;
  SampleRatio ratio;
  std::vector<Guard> guards, guards_of_stable;  // of the triggers of requests, in their order
  Watch watch;
  Total canary, stable;
  Rise rise_of_fast, rise_of_relative;
  std::vector<Rise> rises_of_guards;
  bool promoted = false;
};

}  // namespace slipway::judge
