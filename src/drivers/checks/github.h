#pragma once

#include "core/effect.h"

namespace slipway::drivers::checks {

struct Answer {
  Result<core::Evidence> evidence;
  std::optional<Duration> retry_after{};  // where it can't be asked now: how long it wishes to be left alone
};

// What GitHub says of the release's commit. unavailable: it can't be asked now. Any other error: it can't
// answer, and what to do.
//
// checks: every check run (the latest of each) and every status of the commit succeeded, was neutral or
// skipped, and there is at least one. approved: a pull request with the commit, open or merged, was approved
// by somebody other than its author, and nobody's last word is that changes are needed.
Answer ask_github(const core::RunCheck& run);

}  // namespace slipway::drivers::checks
