#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/effect.h"
#include "judge/verdict.h"

namespace slipway::server {

// What users of one release experienced in the last minute.
struct Arm {
  struct Second {
    Time time{};
    std::int64_t requests = 0;
    std::int64_t errors = 0;
    std::optional<Duration> p99;
    bool operator==(const Second&) const = default;
  };
  double requests_per_second = 0;
  std::int64_t requests = 0;
  std::optional<double> errors;  // share, 0 … 1; nothing here and below where nothing was seen
  std::optional<double> mean_ms;
  std::optional<Duration> p50, p90, p99;
  std::vector<Second> seconds;  // the last 30 whole ones, oldest first
  bool operator==(const Arm&) const = default;
};

// What is known of the users of one target.
struct Impression {
  std::optional<Arm> stable, canary, previous;
  std::optional<judge::Verdict> verdict;  // the newest word on the deployment under way

  // Of the whole proxy, since the daemon started.
  std::int64_t received = 0, lost = 0, forged = 0, malformed = 0;
  int one_in = 100;  // of stable's requests are recorded
  // Of the canary of the deployment under way: requests by HAProxy's own counters, and records of them.
  std::optional<std::int64_t> counted, recorded;
};

class Users {
 public:
  virtual ~Users() = default;
  virtual Impression impression(const core::Target& target) const = 0;
};

}  // namespace slipway::server
