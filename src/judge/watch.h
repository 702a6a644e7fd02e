#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "judge/second.h"

namespace slipway::judge {

// Whether what is seen of a step can be judged at all: seconds that are missing, damaged or can't be
// compared, records that can't be, instances that get no request any more.
class Watch {
 public:
  // Whether an arm's counts can be at all: not more errors than requests, no bucket that there isn't.
  static bool believes(const ArmSecond& arm);
  // Whether the second may be taken: it is later than the last, and its counts can be.
  bool admit(const Second& second);
  void begin_step();

  // What is wrong with the step's data, as a phrase: "12 of 60 s are missing". Where it is known for how long
  // the step is to be watched, whatever is missing of it must be made up for: there must be as many whole
  // seconds, and in a row, if too much was missing.
  std::optional<std::string> complaint(std::optional<Duration> hold = {}) const;
  // That of it which makes any figure of the step doubtful, compared or not.
  std::optional<std::string> fault(std::optional<Duration> hold = {}) const;
  // For how many seconds no request came to the canary.
  std::int64_t silent_for() const { return silent_; }
  std::int64_t seconds() const { return seconds_; }    // of the step, those that are missing too
  std::int64_t requests() const { return requests_; }  // of the canary in the step
  std::optional<Time> first() const { return first_; }
  std::optional<Time> last() const { return last_; }

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  void count(const InstanceSecond& second);
  std::optional<std::string> damage(std::optional<Duration> hold) const;
  std::optional<Time> first_, last_;
  std::int64_t seconds_ = 0, missing_ = 0, incomparable_ = 0, damaged_ = 0, malformed_ = 0, out_of_order_ = 0;
  Duration put_back_{}, most_ahead_{};  // the records' clock
  std::int64_t ahead_ = 0;              // seconds
  std::int64_t whole_ = 0;              // seconds with nothing amiss, though two may not be compared …
  std::int64_t in_a_row_ = 0;           // … since the last one that was damaged
  std::int64_t silent_ = 0;
  std::int64_t requests_ = 0, timed_ = 0, endless_ = 0;  // of the canary in the step
  // By the canary's instance, how many requests its arm had when it last got one, or was first seen to be
  // there; -1: it never was.
  std::vector<std::int64_t> heard_;
};

}  // namespace slipway::judge
