#pragma once

#include <functional>
#include <map>
#include <optional>

#include "base/result.h"
#include "base/time.h"
#include "core/effect.h"
#include "drivers/hand.h"
#include "server/loop.h"

namespace slipway::server {

// While nobody is on a canary and nothing bakes, one in so many of stable's requests is recorded.
inline constexpr int one_in_at_rest = 100;

// Requests a second.
struct Flow {
  double stable = 0;
  double canary = 0;
};

// One in how many of stable's requests is to be recorded beside a canary: all at low rates, at high ones
// about as many as the canary has, and 500 a second at least. `now` is what holds: it isn't left for a little
// more.
int one_in(const Flow& flow, int now);

// Knows what the proxy was told of each target's rate, and tells it again where it may have forgotten: after
// a failure, and every ten seconds while it matters, since a proxy that comes back begins anew.
class Sampling {
 public:
  using Tell = std::function<Status(const core::Target&, int one_in)>;  // blocks; called on a worker

  Sampling(Loop& loop, drivers::Workers& workers, Tell tell);

  // Call once a second for each target that has users, and when their share on the canary changes.
  void want(const core::Target& target, int one_in, Time now);
  // What is wanted.
  int rate(const core::Target& target) const;
  // What the proxy was told last; nothing where it may have another one.
  std::optional<int> told(const core::Target& target) const;

 private:
  struct Rate {
    int wanted = one_in_at_rest;
    std::optional<int> told;
    Time tried{};
    bool under_way = false;
    bool failed = false;
  };
  void tell(const core::Target& target, Rate& rate, Time now);
  void ended(const core::Target& target, int one_in, const Status& status);

  Loop& loop_;
  drivers::Workers& workers_;
  Tell tell_;
  std::map<core::Target, Rate> rates_;
};

}  // namespace slipway::server
