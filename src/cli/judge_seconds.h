#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/judge_rows.h"
#include "judge/histogram.h"
#include "judge/sessions.h"

namespace slipway::cli {

// What was recorded in one second. By judge::Arm: 0 canary, 1 stable.
struct RecordedSecond {
  struct Counts {
    std::int64_t requests = 0, errors = 0;
    judge::Histogram times;
  };
  struct Instance {
    int number = 0;
    Duration age{};
    Counts all, betting;
  };
  struct Arm {
    std::vector<Instance> instances;
    std::int64_t requests = 0;
    std::int64_t arrivals = 0;  // sessions that are new, where they are known; else requests
  };
  Time at{};
  std::array<Arm, 2> arms;
};

// Adds requests up by second, arm and instance, as telemetry does for the judge. Knows as many instances as
// the judge does, and of sessions what Sessions remembers.
class RecordedSeconds {
 public:
  enum class Bets { requests, sessions };
  explicit RecordedSeconds(Bets bets) : bets_(bets) {}

  // A request of the second that is under way. The error is a phrase.
  Result<void> add(const RecordedRequest& request);
  // The second that was under way, with every instance that was seen in the last minute. The next one begins.
  RecordedSecond end(Time at);

 private:
  struct Known {
    int number = 0;
    Time first{}, last{};  // seconds of its requests
    RecordedSecond::Instance now;
  };
  Bets bets_;
  std::optional<Time> began_;
  std::array<std::map<std::string, Known, std::less<>>, 2> instances_;
  std::array<RecordedSecond::Arm, 2> sums_;  // without instances
  judge::Sessions sessions_;
};

}  // namespace slipway::cli
