#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rollout.h"
#include "statistics.h"
#include "tables.h"

namespace slipway::bench {
namespace {

constexpr int onset_second = 720;

}  // namespace

bool onset(const Effort& effort) {
  const int runs = effort.runs(400, 60);
  fmt::print("\n== 4. What begins {} s after the start: median seconds from then on; {} runs each\n",
             onset_second, runs);
  fmt::print("{:24} {:>8} {:>8} {:>10} {:>10} {:>12}\n", "fault", "fresh", "late", "promised", "detected",
             "back before");
  bool holds = true;
  for (const char* name : {"errors 2 %", "errors 5 %", "errors 20 %", "errors 100 %", "times × 1.5",
                           "times × 2", "1 % of requests + 2 s"}) {
    Scene scene;
    scene.fault = fault(name);
    std::vector<double> delays[2];
    int before = 0;
    for (const int onset : {0, onset_second}) {
      scene.onset = onset;
      for (const Ending& ending : run_all(effort, scene, runs, [](const Stage& stage, auto key) {
             return roll_out(stage, key, standard(stage.scene()));
           })) {
        if (ending.back <= onset)
          ++before;
        else
          delays[onset > 0].push_back(ending.back - onset);
      }
    }
    const double fresh = quantile(delays[0], 0.5), late = quantile(delays[1], 0.5);
    const double promised = 1.4 * fresh + 20;
    const auto found = std::ranges::count_if(delays[1], [](double each) { return each < never; });
    holds = holds && late <= promised;
    fmt::print("{:24} {:>8.0f} {:>8.0f} {:>10.0f} {:>8.1f} % {:>12} {}\n", name, fresh, late, promised,
               100.0 * static_cast<double>(found) / static_cast<double>(delays[1].size()), before,
               late <= promised ? "ok" : "BROKEN");
    std::fflush(stdout);
  }
  return report(holds, "at most 1.4 × the fresh delay and 20 s");
}

bool acceptance(const Effort& effort) {
  fmt::print(
      "\n== 4. Accepted early, at the margins (errors 2 × and 0.25 points, p50 and p90 × 1.28, p99 × "
      "1.55)\n");
  fmt::print("{:40} {:>6} {:>10} {:>22} {:>10}\n", "canary", "runs", "accepted", "canary requests", "back");
  struct Case {
    std::string name;
    Fault fault;
  };
  // Beyond 1.55 × its p99 of 323 ms, stable has 0.11 % of its requests; the canary is to have 1 %.
  const Case cases[] = {{"as good as stable", {}},
                        {"errors exactly at their margin, 1.25 %", {"", 0.0125, {}}},
                        {"p50 and p90 exactly at theirs", {"", -1, {1.28, 0}}},
                        {"p99 exactly at its own", {"", -1, {1, 0.0089}}}};
  bool holds = true;
  for (const Case& each : cases) {
    const bool good = &each == std::begin(cases);
    Scene scene;
    scene.fault = each.fault;
    const int runs = effort.runs(good ? 400 : 1000, 100);
    int accepted = 0, back = 0;
    std::vector<double> requests;
    for (const Ending& ending : run_all(effort, scene, runs, [](const Stage& stage, auto key) {
           Manner manner = standard(stage.scene());
           manner.until = Manner::Until::accepted;  // whatever else is thought of it
           return roll_out(stage, key, manner);
         })) {
      if (ending.accepted < never) ++accepted;
      if (ending.back < never) ++back;
      requests.push_back(ending.accepted < never ? static_cast<double>(ending.canary_requests_until_accepted)
                                                 : never);
    }
    const double median = quantile(requests, 0.5);
    const bool kept = good ? median <= 1250 : at_least(accepted, runs, 0.05) > 0.05;
    holds = holds && kept;
    fmt::print("{:40} {:>6} {:>8.1f} % {:>22} {:>8.1f} % {}\n", each.name, runs, 100.0 * accepted / runs,
               median < never ? fmt::format("{:.0f} (median)", median) : "-", 100.0 * back / runs,
               kept ? "ok" : "BROKEN");
    std::fflush(stdout);
  }
  return report(holds, "a good release within 1,250 of its requests; at most 5 % of those at a margin");
}

bool limits(const Effort& effort) {
  fmt::print("\n== 4. At 80 % of its limit, as stable is: rolled back by the sequential trigger\n");
  fmt::print("{:40} {:>8} {:>6} {:>10} {:>8}\n", "limit", "rate", "runs", "back", "held");
  using judge::Trigger;
  struct Case {
    const char* name;
    double errors;
    Trigger trigger;
  };
  // The mean is 95.8 ms, the p99 323 ms.
  const Case cases[] = {{"ErrorRate > 5 % for 5 min, at 4 %",
                         0.04,
                         {Trigger::Metric::error_rate, {}, 50'000, Duration(300'000)}},
                        {"mean > 120 ms for 5 min",
                         0.005,
                         {Trigger::Metric::response_time, Trigger::Statistic::mean, 120, Duration(300'000)}},
                        {"p99 > 404 ms for 5 min",
                         0.005,
                         {Trigger::Metric::response_time, Trigger::Statistic::p99, 404, Duration(300'000)}}};
  bool holds = true;
  for (const Case& each : cases)
    for (const double rate : {10.0, 100.0, 1000.0}) {
      if (rate == 1000 && effort.share < 0.2) continue;
      Scene scene;
      scene.base_errors = each.errors;
      scene.rate = rate;
      const int runs = effort.runs(rate == 1000 ? 300 : 1000, 200);
      int back = 0, held = 0;
      for (const Ending& ending : run_all(effort, scene, runs, [&](const Stage& stage, auto key) {
             Manner manner = standard(stage.scene());
             manner.triggers = {each.trigger};
             return roll_out(stage, key, manner);
           })) {
        back += ending.cause == judge::Cause::trigger ? 1 : 0;
        held += ending.held < never ? 1 : 0;
      }
      const bool kept = at_least(back, runs, 0.01) > 0.05;
      holds = holds && kept;
      fmt::print("{:40} {:>8g} {:>6} {:>8.2f} % {:>6.2f} % {}\n", each.name, rate, runs, 100.0 * back / runs,
                 100.0 * held / runs, kept ? "ok" : "BROKEN");
      std::fflush(stdout);
    }
  return report(holds, "at most 1 % of releases at 80 % of their limit");
}

}  // namespace slipway::bench
