#include "scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace slipway::bench {

std::string_view name(Suite suite) {
  switch (suite) {
    case Suite::independent:
      return "independent";
    case Suite::bursts_of_both:
      return "bursts of both";
    case Suite::drift_of_both:
      return "drift of both";
    case Suite::bursts_of_one:
      return "bursts of one instance";
    case Suite::sticky_retries:
      return "sticky retries";
    case Suite::heavy_clients:
      return "heavy clients";
  }
  CHECK(false);
}

std::vector<Fault> faults() {
  return {
      {"errors 1 %", 0.01, {}},      {"errors 2 %", 0.02, {}},    {"errors 5 %", 0.05, {}},
      {"errors 20 %", 0.20, {}},     {"errors 100 %", 1.0, {}},   {"times × 1.1", -1, {1.1, 0}},
      {"times × 1.5", -1, {1.5, 0}}, {"times × 2", -1, {2.0, 0}}, {"1 % of requests + 2 s", -1, {1, 0.01}}};
}

Fault fault(std::string_view name) {
  const std::vector<Fault> all = faults();
  const auto found = std::ranges::find(all, name, &Fault::name);
  CHECK(found != all.end());
  return *found;
}

double Schedule::weight_at(int second) const {
  double weight = 0;
  for (const Step& step : steps)
    if (step.from <= second) weight = step.weight;
  return weight;
}

Schedule constant(double weight) {
  return {fmt::format("{:g} %", 100 * weight), {{0, weight}}};
}

std::vector<Schedule> schedules() {
  return {constant(0.05), constant(0.25), constant(0.5), {"steps", {{0, 0.05}, {300, 0.25}, {900, 0.5}}}};
}

int Scene::canary_instances() const {
  if (schedule.steps.size() > 1) return instances / 2;
  const double share = schedule.steps.front().weight * instances;
  return std::clamp(static_cast<int>(std::lround(share)), 1, instances - 1);
}

std::string describe(const Scene& scene) {
  return fmt::format("{}, weight {}, {:g} requests/s, {:g} % errors", name(scene.suite), scene.schedule.name,
                     scene.rate, 100 * scene.base_errors);
}

}  // namespace slipway::bench
