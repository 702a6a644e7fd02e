#include "sim/seeds.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/check.h"
#include "sim/draw.h"

namespace slipway::sim {
namespace {

constexpr std::uint64_t one_in_twice = 20;  // runs that are run again, to see that they go the same way

// What is left of one run, its marks apart.
struct Result {
  std::uint64_t hash = 0;
  std::int64_t events = 0;
  std::int64_t appends = 0;
  std::optional<Failure> failure;
};

Result run_one(std::uint64_t seed, Marks& marks) {
  const Plan plan = make_plan(seed);
  const Report report = run(plan);
  marks.merge(report.marks);
  Result result{report.hash, report.events, report.appends, std::nullopt};
  if (report.broken)
    result.failure = Failure{seed, report.broken};
  else if (seed % one_in_twice == 0 && run(plan).hash != report.hash)
    result.failure = Failure{seed, std::nullopt};
  return result;
}

}  // namespace

Tally run_seeds(const Seeds& seeds, int jobs, Until until) {
  CHECK(jobs > 0);
  std::vector<Result> results(seeds.count);
  std::vector<Marks> marks(static_cast<std::size_t>(jobs));
  std::atomic<std::uint64_t> next{0};
  std::atomic<std::uint64_t> end{seeds.count};  // those from here on needn't be run
  const auto work = [&](Marks& own) {
    for (std::uint64_t i = next++; i < end; i = next++) {
      results[i] = run_one(seeds.from + i, own);
      if (until == Until::all_ran || !results[i].failure) continue;
      for (std::uint64_t known = end; i < known && !end.compare_exchange_weak(known, i);) continue;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < marks.size(); ++i) threads.emplace_back(work, std::ref(marks[i]));
    work(marks[0]);
  }
  Tally tally;
  for (const Marks& own : marks) tally.marks.merge(own);
  for (const Result& result : results) {
    tally.hash = mix({tally.hash, result.hash});
    tally.events += result.events;
    tally.appends += result.appends;
    if (!result.failure) continue;
    tally.failures.push_back(*result.failure);
    if (until == Until::first_failure) break;
  }
  return tally;
}

}  // namespace slipway::sim
