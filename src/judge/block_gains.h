#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "judge/second.h"

namespace slipway::judge {

// What each instance of an arm has won for each of N bets in the block under way, as logarithms. Gains are
// cut, losses aren't: a burst of one instance isn't the release, and less gain is never more than was won.
template <std::size_t N>
class BlockGains {
 public:
  using Gains = std::array<double, N>;

  // Makes room for an instance that is new.
  Gains& of(int instance) {
    CHECK(instance >= 0 && instance < most_instances);
    const auto index = static_cast<std::size_t>(instance);
    if (index >= rows_.size()) rows_.resize(index + 1, -1);
    if (rows_[index] < 0) {
      rows_[index] = static_cast<int>(gains_.size());
      gains_.emplace_back();
    }
    return gains_[static_cast<std::size_t>(rows_[index])];
  }
  // Adds what all have won, each at most `most` of each bet.
  void add_to(Gains& sum, double most) const {
    for (const Gains& each : gains_)
      for (std::size_t i = 0; i < N; ++i) sum[i] += std::min(each[i], most);
  }
  void clear() {
    for (Gains& each : gains_) each = {};
  }

  Json checkpoint() const { return {{"rows", rows_}, {"gains", gains_}}; }
  void restore(const Json& checkpoint) {  // throws nlohmann's exceptions
    checkpoint.at("rows").get_to(rows_);
    checkpoint.at("gains").get_to(gains_);
    for (const int row : rows_)
      if (row >= static_cast<int>(gains_.size()))
        throw Json::other_error::create(501, "an instance is missing", &checkpoint);
  }

 private:
  std::vector<int> rows_;  // by instance; -1: never seen
  std::vector<Gains> gains_;
};

}  // namespace slipway::judge
