#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "law.h"
#include "rollout.h"
#include "statistics.h"
#include "tables.h"

namespace slipway::bench {
namespace {

constexpr double weight = 0.05, base_errors = 0.005;

// What is promised, as a multiple of the bound.
double promised(const Fault& fault) {
  if (fault.times == Times{}) return fault.errors < 1 ? 1.6 : never;
  return fault.times.scale == 1.1 ? 2.6 : 2.0;
}

}  // namespace

bool efficiency(const Effort& effort) {
  fmt::print(
      "\n== 2. Requests until the bets by themselves notice, over the information bound (weight 5 %)\n");
  fmt::print("{:24} {:>6} {:>10} {:>10} {:>8} {:>8} {:>9}\n", "fault", "runs", "bound", "median", "ratio",
             "90 %", "promised");
  bool holds = true;
  for (const Fault& fault : faults()) {
    Scene scene;
    scene.fault = fault;
    const double errors = fault.errors < 0 ? base_errors : fault.errors;
    const double bound = std::log(100) / information({errors, fault.times}, {base_errors, Times{}}, weight);
    // So few in a second that counting whole seconds costs little; so many, where it takes long, that stable
    // is known well.
    scene.rate = std::max(1.0, std::round(bound / (bound < 1000 ? 150 : 50)));
    std::vector<double> requests, canary;
    const int runs = bound < 1000 ? effort.runs(8000, 800) : effort.runs(1000, 300);
    for (const Ending& ending : run_all(effort, scene, runs, bet_only)) {
      requests.push_back(ending.back < never ? static_cast<double>(ending.requests) : never);
      canary.push_back(static_cast<double>(ending.canary_requests));
    }
    const double ratio = quantile(requests, 0.5) / bound;
    const bool all_fail = fault.errors >= 1;
    const double median_canary = quantile(canary, 0.5);
    const bool kept = all_fail ? median_canary <= 3 : ratio <= promised(fault);
    holds = holds && kept;
    fmt::print("{:24} {:>6} {:>10.0f} {:>10.0f} {:>8.2f} {:>8.2f} {:>9} {}\n", fault.name, runs, bound,
               quantile(requests, 0.5), ratio, quantile(requests, 0.9) / bound,
               all_fail ? "≤ 3 †" : fmt::format("{:.1f}", promised(fault)), kept ? "ok" : "BROKEN");
    if (all_fail) fmt::print("† requests of the canary, median: {:g}\n", median_canary);
    std::fflush(stdout);
  }
  return report(holds, "as close to the bound as promised");
}

}  // namespace slipway::bench
