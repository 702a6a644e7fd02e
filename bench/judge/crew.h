#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "random.h"
#include "stream.h"

namespace slipway::bench {

// How much is done, and by how many.
struct Effort {
  double share = 1;  // of the runs of the full form
  int others = 200;  // runs of each of the cells without a name, in the full form
  int threads = 2;
  std::uint64_t seed = 1;
  int runs(int full, int least) const { return std::max(least, static_cast<int>(full * share)); }
};

// What `once(stage, key)` says of each of so many runs of a scene. It depends on the seed, and not on how
// many threads there are.
template <class Once>
auto run_all(const Effort& effort, const Scene& scene, int runs, Once once) {
  using Result = decltype(once(std::declval<const Stage&>(), std::uint64_t{}));
  const Stage stage(scene);
  std::vector<Result> results(static_cast<std::size_t>(runs));
  std::atomic<int> next = 0;
  const auto work = [&] {
    for (int run = next++; run < runs; run = next++) {
      const std::uint64_t key[] = {effort.seed, static_cast<std::uint64_t>(run)};
      results[static_cast<std::size_t>(run)] = once(stage, key_of(key));
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < effort.threads; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return results;
}

}  // namespace slipway::bench
