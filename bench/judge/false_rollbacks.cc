#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rollout.h"
#include "statistics.h"
#include "tables.h"

namespace slipway::bench {
namespace {

constexpr double alpha = 0.01, level = 0.05;
constexpr double rates[] = {10, 100, 1000}, base_errors[] = {0, 0.005, 0.05};

struct Cell {
  Scene scene;
  bool named = false;
  int runs = 0, back = 0, held = 0;
};

struct Name {
  Suite suite;
  const char* schedule;
  double rate, base_errors;
};
// Each suite as it is met most often, and where it is hardest.
constexpr Name named[] = {
    {Suite::independent, "5 %", 100, 0.005},     {Suite::independent, "steps", 100, 0.005},
    {Suite::independent, "50 %", 1000, 0.05},    {Suite::bursts_of_both, "5 %", 100, 0.005},
    {Suite::bursts_of_both, "50 %", 100, 0},     {Suite::bursts_of_both, "steps", 1000, 0.05},
    {Suite::drift_of_both, "5 %", 100, 0.005},   {Suite::drift_of_both, "steps", 100, 0.005},
    {Suite::drift_of_both, "25 %", 1000, 0.05},  {Suite::bursts_of_one, "5 %", 100, 0.005},
    {Suite::bursts_of_one, "5 %", 1000, 0},      {Suite::bursts_of_one, "25 %", 100, 0.005},
    {Suite::bursts_of_one, "50 %", 100, 0},      {Suite::bursts_of_one, "steps", 100, 0.005},
    {Suite::sticky_retries, "5 %", 100, 0.005},  {Suite::sticky_retries, "50 %", 100, 0.005},
    {Suite::sticky_retries, "steps", 100, 0.05}, {Suite::heavy_clients, "5 %", 100, 0.005},
    {Suite::heavy_clients, "50 %", 100, 0.005},  {Suite::heavy_clients, "steps", 1000, 0.005}};

std::vector<Cell> cells() {
  std::vector<Cell> all;
  for (const Suite suite : suites)
    for (const Schedule& schedule : schedules())
      for (const double rate : rates)
        for (const double errors : base_errors) {
          Cell cell;
          cell.scene.suite = suite;
          cell.scene.schedule = schedule;
          cell.scene.rate = rate;
          cell.scene.base_errors = errors;
          cell.named = std::ranges::any_of(named, [&](const Name& name) {
            return name.suite == suite && name.schedule == schedule.name && name.rate == rate &&
                   name.base_errors == errors;
          });
          all.push_back(cell);
        }
  // Those with a name first: they take long, and say most.
  std::ranges::stable_partition(all, &Cell::named);
  return all;
}

void print(const Cell& cell, std::string_view mark) {
  fmt::print("{:24} {:>6} {:>6g} {:>6g} % {:>6} {:>5} {:>7.2f} % {:>5.1f} %  {}\n", name(cell.scene.suite),
             cell.scene.schedule.name, cell.scene.rate, 100 * cell.scene.base_errors, cell.runs, cell.back,
             100.0 * cell.back / cell.runs, 100.0 * cell.held / cell.runs, mark);
}

struct Sum {
  int runs = 0, back = 0;
  void add(const Cell& cell) { runs += cell.runs, back += cell.back; }
  double upper() const { return upper_bound(back, runs, 1 - level); }
};

void print_pooled(std::string_view what, const Sum& sum) {
  fmt::print("{:24} {:>22} {:>7} {:>5} {:>7.2f} %   at most {:.2f} %\n", what, "", sum.runs, sum.back,
             100.0 * sum.back / sum.runs, 100 * sum.upper());
}

}  // namespace

bool false_rollbacks(const Effort& effort) {
  fmt::print("\n== 1. Good releases that are rolled back, of rollouts of 25 minutes\n");
  fmt::print("{:24} {:>6} {:>6} {:>8} {:>6} {:>5} {:>9} {:>7}\n", "suite", "weight", "rate", "errors", "runs",
             "back", "share", "held");
  std::vector<Cell> all = cells();
  std::vector<double> surprise;
  Sum pooled, pooled_named;
  for (Cell& cell : all) {
    cell.runs = cell.named ? effort.runs(2000, 100) : effort.runs(effort.others, std::min(effort.others, 10));
    const Manner manner = standard(cell.scene);
    for (const Ending& ending : run_all(effort, cell.scene, cell.runs, [&](const Stage& stage, auto key) {
           return roll_out(stage, key, manner);
         })) {
      cell.back += ending.back < never ? 1 : 0;
      cell.held += ending.held < never ? 1 : 0;
    }
    surprise.push_back(at_least(cell.back, cell.runs, alpha));
    pooled.add(cell);
    if (cell.named) pooled_named.add(cell);
    if (cell.named || cell.back > 0) print(cell, cell.named ? "" : "(other)");
    std::fflush(stdout);
  }
  fmt::print("(cells that aren't named and rolled back nothing are left out)\n");
  for (const Suite suite : suites) {
    Sum sum;
    for (const Cell& cell : all)
      if (cell.scene.suite == suite) sum.add(cell);
    print_pooled(name(suite), sum);
  }
  print_pooled("the named cells", pooled_named);
  print_pooled("all", pooled);
  const std::vector<bool> beyond = holm(surprise, level);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (beyond[i] || surprise[i] < 0.01)
      fmt::print("{}: {}: {} of {}, p = {:.2g}\n", beyond[i] ? "above 1 %" : "to be watched",
                 describe(all[i].scene), all[i].back, all[i].runs, surprise[i]);
  const bool none = std::ranges::none_of(beyond, [](bool each) { return each; });
  const bool each =
      report(none, "no cell is above 1 % (exact binomial tests, Holm's correction over all cells, 5 %)");
  return report(pooled.upper() <= alpha, "pooled over all runs at most 1 %, with 95 % confidence") && each;
}

}  // namespace slipway::bench
