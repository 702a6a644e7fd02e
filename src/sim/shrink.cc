#include "sim/shrink.h"

#include "base/check.h"

namespace slipway::sim {

Shrunk shrink(const Plan& plan, const Report& broken, const Interference& interference) {
  CHECK(broken.broken.has_value());
  Shrunk best{plan, broken, 0};
  const auto try_without = [&](std::size_t from, std::size_t count) {
    Plan smaller = best.plan;
    const auto begin = smaller.entries.begin() + static_cast<std::ptrdiff_t>(from);
    smaller.entries.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    Report result = run(smaller, interference);
    ++best.tries;
    if (!result.broken || result.broken->invariant != broken.broken->invariant) return false;
    best.plan = std::move(smaller);
    best.result = std::move(result);
    return true;
  };
  // Large pieces first; then one by one, until nothing can go.
  for (std::size_t size = best.plan.entries.size() / 2; size > 1; size /= 2)
    for (std::size_t from = 0; from + size <= best.plan.entries.size();)
      if (!try_without(from, size)) from += size;
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (std::size_t from = best.plan.entries.size(); from-- > 0;)
      if (try_without(from, 1)) smaller = true;
  }
  return best;
}

}  // namespace slipway::sim
