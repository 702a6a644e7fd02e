#pragma once

#include <optional>
#include <vector>

#include "judge/trigger.h"
#include "judge/verdict.h"

namespace slipway::judge {

struct Question {
  std::vector<Trigger> triggers;
  Time exposed{};  // since when users are on the canary
  Time step{};     // since when so many of them
  // How long they are to be watched; nothing while it isn't known, as in a pause.
  std::optional<Duration> hold{};
  bool operator==(const Question&) const = default;
};

// In this order: a trigger that the canary alone breaks is unhealthy; one that stable breaks as well is held;
// fewer than least_requests of the canary in this step, while a trigger speaks of requests, is undecided, and
// so is a threshold that the canary is beyond in this step, not yet for the whole of the duration, and
// silence for as long as the longest trigger of requests looks back (10 s at least); else healthy. A duration
// that has fewer than least_requests is replaced by the whole step. `stable` is the release beside it: the
// previous one, after promotion.
Verdict judge(const Question& question, const Experience& canary, const Experience& stable, Time now);

}  // namespace slipway::judge
