#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/json_fwd.h"
#include "judge/histogram.h"
#include "judge/scale.h"

namespace slipway::judge {

// What is normal: stable's times and share of errors, of which the past counts less and less.
class Reference {
 public:
  explicit Reference(int cells) : counts_(static_cast<std::size_t>(cells)) {}

  void add(std::span<const Histogram::Bucket> times);
  void add(std::int64_t requests, std::int64_t errors);
  void decay(double factor);

  std::span<const double> counts() const { return counts_; }  // of times, by cell
  double total() const;                                       // of times
  double share_above(int cell) const;                         // of times; 0 where there are none
  double requests() const { return requests_; }
  double errors() const { return errors_; }

  // The cells of the quantiles .5, .9, .99, .999 (a share of at most 1 − q lies above), and the cell above
  // which times are more than 3 × p99.
  struct Threshold {
    int cell = 0;
    double above = 0;  // the share that lies above
  };
  static constexpr int thresholds = 5;
  std::array<Threshold, thresholds> quantiles(const Scale& scale) const;

  Json checkpoint() const;
  void restore(const Json& checkpoint);  // throws nlohmann's exceptions

 private:
  std::vector<double> counts_;
  double requests_ = 0, errors_ = 0;
};

}  // namespace slipway::judge
