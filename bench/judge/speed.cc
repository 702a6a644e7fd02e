#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "peers.h"
#include "rollout.h"
#include "statistics.h"
#include "tables.h"

namespace slipway::bench {
namespace {

struct Promise {
  const char* fault;
  double seconds;
};
constexpr Promise promises[] = {{"errors 2 %", 190},          {"errors 5 %", 45},  {"errors 20 %", 15},
                                {"errors 100 %", 3},          {"times × 1.5", 20}, {"times × 2", 15},
                                {"1 % of requests + 2 s", 60}};

std::string shown(const std::vector<double>& seconds) {
  const auto found = std::ranges::count_if(seconds, [](double each) { return each < never; });
  const double share = static_cast<double>(found) / static_cast<double>(seconds.size());
  const double median = quantile(seconds, 0.5);
  if (found == 0) return "never";
  if (median == never) return fmt::format("{:.0f} %", 100 * share);
  if (share == 1) return fmt::format("{:.0f}", median);
  return fmt::format("{:.0f} ({:.0f} %)", median, 100 * share);
}

struct Compared {
  double ours = never;
  std::array<double, std::size(rules)> theirs{};
};

Compared compare(const Stage& stage, std::uint64_t key) {
  Compared compared;
  compared.ours = roll_out(stage, key, standard(stage.scene())).back;
  Peers peers(stage.scene());
  Stream stream(stage, key);
  for (int second = 0; second < rollout_seconds; ++second) {
    const std::vector<Request>& requests = stream.next();
    peers.look(second, stream.weight(), requests);
  }
  for (std::size_t i = 0; i < std::size(rules); ++i) compared.theirs.at(i) = peers.decided(rules[i]);
  return compared;
}

void print_header(std::string_view first) {
  fmt::print("{:24} {:>12} {:>12}", first, "ours", "90 %");
  for (const Rule rule : rules) fmt::print(" {:>14}", name(rule));
  fmt::print("\n");
}

std::vector<double> print_row(const Effort& effort, const Scene& scene, std::string_view label) {
  std::vector<double> ours;
  std::array<std::vector<double>, std::size(rules)> theirs;
  for (const Compared& each : run_all(effort, scene, effort.runs(400, 60), compare)) {
    ours.push_back(each.ours);
    for (std::size_t i = 0; i < theirs.size(); ++i) theirs.at(i).push_back(each.theirs.at(i));
  }
  const double late = quantile(ours, 0.9);
  fmt::print("{:24} {:>12} {:>12}", label, shown(ours), late < never ? fmt::format("{:.0f}", late) : "-");
  for (const auto& each : theirs) fmt::print(" {:>14}", shown(each));
  fmt::print("\n");
  std::fflush(stdout);
  return ours;
}

}  // namespace

bool speed(const Effort& effort) {
  fmt::print("\n== 3. Seconds until a bad release is rolled back: median (share, if not all); {} runs each\n",
             effort.runs(400, 60));
  bool holds = true;
  for (const double rate : {100.0, 10.0, 1000.0}) {
    if (rate == 1000 && effort.share < 0.2) continue;
    fmt::print("-- 5 % of {:g} requests/s\n", rate);
    print_header("fault");
    for (const Fault& fault : faults()) {
      Scene scene;
      scene.fault = fault;
      scene.rate = rate;
      const std::vector<double> ours = print_row(effort, scene, fault.name);
      const auto promise =
          std::ranges::find_if(promises, [&](const Promise& each) { return each.fault == fault.name; });
      if (rate != 100 || promise == std::end(promises)) continue;
      const bool all = std::ranges::all_of(ours, [](double each) { return each < never; });
      const bool kept = all && quantile(ours, 0.5) <= promise->seconds;
      if (!kept) fmt::print("  BROKEN: promised {:g} s, and all\n", promise->seconds);
      holds = holds && kept;
    }
  }
  fmt::print("-- good releases rolled back all the same, 5 % of 100 requests/s\n");
  print_header("suite");
  for (const Suite suite : suites) {
    Scene scene;
    scene.suite = suite;
    print_row(effort, scene, name(suite));
  }
  return report(holds, "as fast as promised");
}

}  // namespace slipway::bench
