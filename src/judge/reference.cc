#include "judge/reference.h"

#include <algorithm>
#include <numeric>

#include "base/json.h"

namespace slipway::judge {
namespace {

constexpr std::array quantile_levels{0.5, 0.9, 0.99, 0.999};
constexpr std::size_t p99 = 2;

// So that nothing divides by a reference that is empty.
constexpr double next_to_nothing = 1e-9;

}  // namespace

void Reference::add(std::span<const Histogram::Bucket> times) {
  for (const auto& [cell, count] : times) counts_.at(cell) += static_cast<double>(count);
}

void Reference::add(std::int64_t requests, std::int64_t errors) {
  requests_ += static_cast<double>(requests);
  errors_ += static_cast<double>(errors);
}

void Reference::decay(double factor) {
  for (double& count : counts_) count *= factor;
  requests_ *= factor;
  errors_ *= factor;
}

double Reference::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), 0.0);
}

double Reference::share_above(int cell) const {
  const double all = total();
  if (all <= 0) return 0;
  return std::accumulate(counts_.begin() + cell + 1, counts_.end(), 0.0) / all;
}

std::array<Reference::Threshold, Reference::thresholds> Reference::quantiles(const Scale& scale) const {
  std::array<Threshold, thresholds> found;
  const double all = total() + next_to_nothing * static_cast<double>(counts_.size());
  std::size_t next = 0;
  double below = 0;
  for (std::size_t cell = 0; cell < counts_.size() && next < quantile_levels.size(); ++cell) {
    below += (counts_[cell] + next_to_nothing) / all;
    const double above = 1 - below;
    while (next < quantile_levels.size() && above <= 1 - quantile_levels.at(next) + 1e-12)
      found.at(next++) = {static_cast<int>(cell), above};
  }
  const int cells = scale.cells();
  for (; next < quantile_levels.size(); ++next) found.at(next) = {cells - 1, 0};
  const int slow = std::min(scale.first_above(3 * scale.low(found[p99].cell + 1)) - 1, cells - 2);
  found.back() = {slow, share_above(slow)};
  return found;
}

Json Reference::checkpoint() const {
  Json cells = Json::array(), counts = Json::array();
  for (std::size_t cell = 0; cell < counts_.size(); ++cell) {
    if (counts_[cell] == 0) continue;
    cells.push_back(cell);
    counts.push_back(counts_[cell]);
  }
  return {{"cells", cells}, {"counts", counts}, {"requests", requests_}, {"errors", errors_}};
}

void Reference::restore(const Json& checkpoint) {
  const auto cells = checkpoint.at("cells").get<std::vector<std::size_t>>();
  const auto counts = checkpoint.at("counts").get<std::vector<double>>();
  std::ranges::fill(counts_, 0.0);
  for (std::size_t i = 0; i < cells.size() && i < counts.size(); ++i)
    if (cells[i] < counts_.size()) counts_[cells[i]] = counts[i];
  checkpoint.at("requests").get_to(requests_);
  checkpoint.at("errors").get_to(errors_);
}

}  // namespace slipway::judge
