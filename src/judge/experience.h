#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>

#include "judge/histogram.h"

// What users experienced of one release, as it was recorded.
namespace slipway::judge {

// How likely a record is the canary's, whatever it says: as its request was routed.
struct Routed {
  int weight = 0;         // of 10,000 users so many are the canary's
  int one_in = 1;         // of stable's records so many are one; of the canary's all are there
  double share() const {  // the canary's, in what is recorded
    return weight / (weight + (10'000.0 - weight) / one_in);
  }
  auto operator<=>(const Routed&) const = default;
};

// What may bet, by sessions (Sessions, sessions.h) or by requests of nobody who is known again. Counts of
// records, each of which stands for itself.
struct Betting {
  std::int64_t requests = 0;
  std::int64_t errors = 0;
  std::int64_t sessions = 0;  // that were seen for the first time
  Histogram times;            // of the first request of each
  Time newest{};              // when the last of them was asked
  void merge(const Betting& other);
  bool operator==(const Betting&) const = default;
};

// Requests of one second. A record may stand for several requests, where only one in so many is recorded; all
// counts but `recorded` and those in `betting` are of requests.
struct Cell {
  std::int64_t recorded = 0;  // records that stand for requests, which one of a session alone doesn't
  std::int64_t requests = 0;  // that got an answer, or should have: clients that left first don't count
  std::int64_t errors = 0;    // of those: status 5xx, or the connection to the instance failed
  std::int64_t failures = 0;  // of the errors: the connection failed
  std::int64_t left = 0;      // the client went away before an answer
  std::array<std::int64_t, 6> by_class{};            // of the requests: [2] is 2xx; [0] no status
  std::optional<Time> first_error;                   // when the first of the errors was asked
  Histogram times;                                   // of the requests: until the answer's headers were there
  std::optional<std::map<Routed, Betting>> betting;  // where sessions are followed
  void merge(const Cell& other);
  bool operator==(const Cell&) const = default;
};

// One release at one target: its cells by second and instance, and the share of its instances that were
// healthy.
class Experience {
 public:
  // `second` is rounded down to a whole one. `instance` is its ordinal, 0 where no instance was reached.
  void add(Time second, int instance, const Cell& cell);
  // How many instances were healthy in the second of `at`, of how many; the last word on a second stands. Of
  // no instances nothing is said.
  void observe(Time at, int healthy, int instances);
  // What lies before is known by the minute from then on, and no longer of single instances.
  void condense_before(Time time);
  // What lies before is no longer known.
  void forget_before(Time time);

  // What was recorded in the second, by instance; nothing where there is nothing, or no longer.
  const std::map<int, Cell>* in(Time second) const;
  // Of the seconds that begin in [from, to); of what was condensed, of the minutes that lie in it whole.
  Cell sum(Time from, Time to) const;
  Cell of_instance(int instance, Time from, Time to) const;
  // Shares of healthy instances, 0 … 1, by second.
  struct Health {
    double lowest = 1, highest = 0;
    int seconds = 0;  // that were observed
  };
  Health health(Time from, Time to) const;

 private:
  struct Second {
    std::map<int, Cell> cells;
    std::optional<double> healthy;
  };
  std::map<Time, Second> seconds_;
  std::map<Time, Cell> minutes_;  // of seconds that are no longer there
};

}  // namespace slipway::judge
