#include "server/under_way.h"

#include <algorithm>

namespace slipway::server {
namespace {

constexpr Duration longest{60'000};

}  // namespace

void UnderWay::look(Time at, const std::vector<int>& workers, const Slots& slots) {
  if (workers != workers_ || at < last_) slots_.clear();
  workers_ = workers;
  last_ = at;
  std::erase_if(slots_, [&](const auto& entry) { return !slots.contains(entry.first); });
  for (const auto& [ordinal, slot] : slots) {
    Known& known = slots_[ordinal];
    if (!known.looks.empty() && slot.started < known.looks.back().started) known = {};
    // Some that failed were settled twice, some answers weren't: none can wait that isn't in flight, and each
    // time that fewer are left than before tells what is left when nobody waits.
    const std::int64_t left = slot.started - slot.settled;
    known.idle = std::clamp(known.idle, left - slot.in_flight, left);
    known.unanswered = left - known.idle;
    known.looks.push_back({at, slot.started});
    while (known.looks.front().at < at - longest) known.looks.pop_front();
  }
}

UnderWay::Ages UnderWay::ages() const {
  Ages ages;
  for (const auto& [ordinal, known] : slots_) {
    if (known.unanswered == 0) continue;
    std::vector<judge::Histogram::Bucket>& buckets = ages[ordinal];
    // From the last look back: at each, how many of today's were there.
    std::int64_t there = known.unanswered;
    for (auto look = known.looks.rbegin(); there > 0; ++look) {
      const auto before = std::next(look);
      const std::int64_t since =
          before == known.looks.rend() ? there : known.looks.back().started - before->started;
      const std::int64_t older =
          before == known.looks.rend() ? 0 : std::max<std::int64_t>(0, known.unanswered - since);
      const std::int64_t as_old = there - older;
      if (as_old > 0) {
        const std::uint16_t index = judge::Histogram::index_of(known.looks.back().at - look->at);
        if (!buckets.empty() && buckets.back().index == index)
          buckets.back().count += as_old;
        else
          buckets.push_back({index, as_old});
      }
      there = older;
    }
  }
  return ages;
}

}  // namespace slipway::server
