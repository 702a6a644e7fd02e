#pragma once

#include <span>
#include <vector>

#include "base/json_fwd.h"

namespace slipway::judge {

// The share whose odds are `odds` times those of `share`.
inline double tilted(double share, double odds) {
  return odds * share / (1 - share + odds * share);
}

// ln Σ exp(x).
double log_sum(std::span<const double> logarithms);

// What a mixture of bets has won so far. It starts as 1, of which a part is invested in the bets by their
// priors and the rest comes later, so that what begins late meets money that has lost nothing yet:
// R ← (R + π_t)·L. By Ville's inequality it ever reaches 1/α with a chance of at most α where every bet's
// expectation is at most 1.
class Wealth {
 public:
  struct Plan {
    double first = 1, kept = 0;  // shares of 1: invested at the start, and never invested by itself
    int injections = 0, every = 30;
  };
  Wealth(std::vector<double> priors, Plan plan);  // the priors sum to 1

  // A second begins: every `every` seconds, not in the first one, money comes in.
  void begin_second();
  // Each bet multiplies by exp(gain).
  void multiply(std::span<const double> log_gains);
  // The invested part is made less until the whole is `log_total`, or nothing is left of it.
  void cut(double log_total);
  // The same of what it would be with gains that aren't multiplied yet.
  void cut(double log_total, std::span<const double> log_gains);
  // All of it, but for nothing, is invested anew by the priors: what is won or lost stays.
  void start_over();

  // Of all, with what isn't invested. With `log_gains`, as if multiplied.
  double log_total() const;
  double log_total(std::span<const double> log_gains) const;
  double reserve() const { return reserve_; }
  std::span<const double> log_bets() const { return log_bets_; }
  std::span<const double> log_priors() const { return log_priors_; }

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  void scale_to(double log_total, double log_invested);
  double with_reserve(double log_invested) const;
  std::vector<double> log_priors_, log_bets_;
  Plan plan_;
  double reserve_, portion_;
  int second_ = 0;
};

}  // namespace slipway::judge
