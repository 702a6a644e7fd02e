#include "judge/scale.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "judge/histogram.h"

namespace slipway::judge {
namespace {

// What two computations of the same edge may differ by, as a logarithm.
constexpr double same = 1e-9;

}  // namespace

Scale::Scale(std::vector<double> low, double lowest_bin, double log_ratio, int bins)
    : low_(std::move(low)), log_lowest_(std::log(lowest_bin)), log_ratio_(log_ratio), bins_(bins) {}

Scale Scale::of_histogram() {
  std::vector<double> low;
  for (int index = 0; index <= Histogram::most_buckets; ++index)
    low.push_back(static_cast<double>(Histogram::lowest(index)));
  const double log_ratio = std::log(1.05);
  return Scale(std::move(low), 1, log_ratio, static_cast<int>(std::ceil(std::log(3'600'000.0) / log_ratio)));
}

Scale Scale::geometric(double lowest, double ratio, int cells) {
  CHECK(lowest > 0 && ratio > 1 && cells > 1);
  const double log_ratio = std::log(ratio);
  std::vector<double> low;
  for (int k = 0; k <= cells; ++k) low.push_back(lowest * std::exp(log_ratio * k));
  return Scale(std::move(low), lowest, log_ratio, cells);
}

int Scale::bins_of(double factor) const {
  return static_cast<int>(std::lround(std::log(factor) / log_ratio_));
}

int Scale::first_above(double ms) const {
  const auto at = std::lower_bound(low_.begin(), low_.end() - 1, ms * (1 - same));
  return static_cast<int>(at - low_.begin());
}

int Scale::cell_at(double ms) const {
  const auto after = std::upper_bound(low_.begin(), low_.end() - 1, ms * (1 + same));
  return std::max(0, static_cast<int>(after - low_.begin()) - 1);
}

Scale::Parts Scale::parts(double factor, double less) const {
  const double last = bins_;
  // Where on the grid a time is, in bins.
  const auto place = [&](double ms) {
    const double shortened = (ms - less) / factor;
    if (shortened <= 0) return 0.0;
    return std::clamp((std::log(shortened) - log_lowest_) / log_ratio_, 0.0, last);
  };
  Parts parts;
  parts.starts.push_back(0);
  for (int cell = 0; cell < cells(); ++cell) {
    const double from = place(low(cell)), to = place(low(cell + 1));
    const int first = std::min(static_cast<int>(from + same), bins_ - 1);
    const int end = std::clamp(static_cast<int>(std::ceil(to - same)), first + 1, bins_);
    for (int bin = first; bin < end; ++bin) {
      const double overlap = std::min(to, bin + 1.0) - std::max(from, static_cast<double>(bin));
      const double share = end == first + 1 ? 1 : overlap / (to - from);
      parts.all.push_back({static_cast<std::uint16_t>(bin), share});
    }
    parts.starts.push_back(static_cast<std::uint32_t>(parts.all.size()));
  }
  return parts;
}

}  // namespace slipway::judge
