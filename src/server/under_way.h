#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "drivers/traffic/haproxy_traffic.h"
#include "judge/histogram.h"

namespace slipway::server {

// How old the requests are that a pool's instances haven't begun to answer, from the proxy's counters alone:
// of n requests, of which s were begun in the last x seconds at most, at least n - s are older than x. A
// bound from below: a release that hangs is seen to hang while nothing of it is recorded, one that is only
// busy never seems older than it is.
class UnderWay {
 public:
  using Slots = std::map<int, drivers::HaproxyTraffic::Counts::Slot>;
  using Ages = std::map<int, std::vector<judge::Histogram::Bucket>>;

  // What the counters of the pool are at `at`, about once a second; before the last look, or those of other
  // workers than then, they begin anew.
  void look(Time at, const std::vector<int>& workers, const Slots& slots);
  // As of the last look, by the instance's ordinal; those that nothing is known of but that they are there
  // are as old as nothing. Ages beyond a minute count as a minute, about.
  Ages ages() const;

 private:
  struct Past {
    Time at{};
    std::int64_t started = 0;
  };
  struct Known {
    std::deque<Past> looks;
    std::int64_t unanswered = 0;
    // Tries that were begun less those that were settled, while none is waiting for an answer.
    std::int64_t idle = 0;
  };
  std::vector<int> workers_;
  Time last_{};
  std::map<int, Known> slots_;
};

}  // namespace slipway::server
