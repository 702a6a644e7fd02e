#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.h"
#include "judge/experience.h"

namespace slipway::judge {

// A figure of all users' requests against a limit, as monitoring services have it: it fires when each of the
// last so many periods was above, and ceases when the newest one isn't. Missing data is never above. Periods
// slide: they end with each second that is taken. Keeps 32 bytes for each second of its periods that had
// requests.
class Alarm {
 public:
  enum class Metric { errors, latency };
  enum class Statistic { sum, average };
  struct Setting {
    Metric metric = Metric::errors;
    Statistic statistic = Statistic::sum;
    double above = 0;          // errors (sum), errors a second, milliseconds (sum), or milliseconds a request
    Duration period{300'000};  // whole seconds, 1 s at least
    int evaluation_periods = 1;  // so many in a row, 1 at least
    bool operator==(const Setting&) const = default;
  };
  enum class State { quiet, firing };

  // Armed with the beginning of the whole second `since`: it changes its state only when it has seen as much
  // as that takes. `state` is what was last known of it.
  Alarm(const Setting& setting, Time since, State state);

  // What all users met in a second that is over, requests of which one in so many is recorded as often as
  // they were. Not before the last one; in seconds that are left out there was none.
  void take(Time second, const Cell& all);

  State state() const { return state_; }
  // Of the newest period; nothing while it isn't over, or where nothing is known of it.
  std::optional<double> value() const { return value_; }

 private:
  struct Sum {
    std::int64_t requests = 0, errors = 0, ms = 0;
  };
  struct Until {
    Time second{};  // with it
    Sum sum;
  };
  Sum before(Time end) const;
  // Of the period that ends so many periods before `end`.
  std::optional<double> value_of(int periods_ago, Time end) const;

  Setting setting_;
  Time since_;
  State state_;
  std::optional<double> value_;
  std::deque<Until> seconds_;  // those with requests; sums from the first second that was ever taken on
  Sum gone_;                   // up to the last second that is no longer there
};

}  // namespace slipway::judge
