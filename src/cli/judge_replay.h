#pragma once

#include <optional>
#include <vector>

#include "cli/judge_seconds.h"
#include "judge/trial.h"

namespace slipway::cli {

// What the judge says of recorded seconds, had it seen them then.
class Replay {
 public:
  // `share`: the canary's of what bets, 0 < share < 1. Nothing: as it is seen, in the first minute of the
  // canary for that minute, from then on in all that came before.
  Replay(const judge::Settings& settings, RecordedSeconds::Bets bets, std::optional<double> share);

  // The next second. What comes before the canary's first request tells what is normal.
  void take(RecordedSecond second);
  // No more seconds come.
  void finish();
  // The canary is unhealthy, and stays so whatever comes.
  bool decided() const { return verdict_.has_value(); }

  struct Word {
    judge::Evidence evidence;
    std::optional<Time> came;  // the end of the second that it came with; nothing: it is the one at the end
    std::int64_t canary = 0, stable = 0;  // requests that were judged
    double share = 0;                     // the canary's of what bet, as it was seen
  };
  Word word() const;

 private:
  void release();
  void feed(const RecordedSecond& second, std::optional<double> share);
  std::optional<double> share() const;

  judge::Trial trial_;
  RecordedSeconds::Bets bets_;
  std::optional<double> meant_;
  std::vector<RecordedSecond> held_;  // of the first minute, while the share isn't known
  bool began_ = false, released_ = false;
  double canary_ = 0, stable_ = 0;  // arrivals
  std::int64_t canary_requests_ = 0, stable_requests_ = 0;
  std::optional<Time> accepted_since_;
  std::optional<judge::Evidence> verdict_;
  std::optional<Time> came_;
};

struct Judged {
  Replay::Word word;
  bool to_the_end = false;
};
// All that is left of a file, until the canary is unhealthy. Errors begin with "file:line: ": a row isn't
// understood, time goes back, or an arm never comes.
Result<Judged> judge_recorded(RecordedRequests& rows, const judge::Settings& settings,
                              std::optional<double> share);

}  // namespace slipway::cli
