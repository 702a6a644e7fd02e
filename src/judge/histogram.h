#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"

namespace slipway::judge {

// How long requests took, in buckets that grow by less than 2 %: below 100 ms each millisecond has its own;
// above, a quantile is at most 1 % from the true one. Times beyond an hour count as an hour, and those below
// nothing as nothing. Sparse: as large as what it has seen.
class Histogram {
 public:
  struct Bucket {
    std::uint16_t index = 0;
    std::int64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };
  static constexpr int most_buckets = 1070;  // indices are below that; the last bucket holds an hour and more
  static std::uint16_t index_of(Duration took);
  // The bucket holds [lowest(index), lowest(index + 1)), in milliseconds. 0 ≤ index ≤ most_buckets.
  static std::int64_t lowest(int index);

  void add(Duration took, std::int64_t times = 1);  // 0 ≤ times
  void merge(const Histogram& other);

  std::int64_t count() const { return count_; }
  std::int64_t sum_ms() const { return sum_ms_; }
  // Those that hold anything, by index.
  std::span<const Bucket> buckets() const { return buckets_; }
  // The nearest-rank quantile, 0 < q ≤ 1; nothing where nothing was seen.
  std::optional<Duration> quantile(double q) const;
  // Exact: sums are kept beside the buckets. In milliseconds.
  std::optional<double> mean() const;
  bool operator==(const Histogram&) const = default;

 private:
  std::vector<Bucket> buckets_;  // by index
  std::int64_t count_ = 0;
  std::int64_t sum_ms_ = 0;
};

}  // namespace slipway::judge
