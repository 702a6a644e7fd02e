#pragma once

#include <array>

#include "base/json_fwd.h"
#include "judge/relative.h"

namespace slipway::judge {

// Whether a canary that is worse than the margins is ruled out: the reverse bets, of which each gains where
// the canary is like stable. Errors, null p_c ≥ ρ₁·p_s + d₁: canary 1 + (κ/w)(d₁ − y), stable 1 + κρ₁y/(1 −
// w); times, null "canary's share beyond margin × stable's quantile is at least stable's beyond the
// quantile": g falls. Only where all metrics are ruled out is the canary accepted.
class Acceptance {
 public:
  explicit Acceptance(const Settings::Accept& margins);

  // A second that `relative` is prepared for and hasn't taken yet, so that its reference is of the past.
  void take(const Second& second, const Relative& relative);

  double log_evidence() const;  // the least of all metrics; accept at ln(1 / beta)
  double log_errors() const;

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  static constexpr std::size_t stakes = 5, odds = 3, quantiles = 3;
  void take_errors(const Portion& portion, double weight);
  void take_times(const Portion& portion, const Relative& relative, double weight,
                  bool with_what_is_under_way);
  Settings::Accept margins_;
  std::array<double, stakes> errors_{};
  std::array<std::array<double, odds>, quantiles> times_{};
};

}  // namespace slipway::judge
