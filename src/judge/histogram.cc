#include "judge/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace slipway::judge {
namespace {

constexpr std::int64_t longest_ms = 3'600'000;

// A time's seven leading bits name its bucket: up to 127 ms that is the time itself; from there a bucket is
// a 64th of its power of two wide, so that its middle is at most a 128th from all that is in it.
constexpr int leading_bits = 7;
constexpr std::uint32_t half = 1U << (leading_bits - 1);

constexpr std::uint16_t bucket_of(std::uint32_t ms) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(ms)) - leading_bits);
  return static_cast<std::uint16_t>(static_cast<std::uint32_t>(shift) * half + (ms >> shift));
}

constexpr std::int64_t lowest_of(std::uint32_t index) {
  if (index < 2 * half) return index;
  const std::uint32_t shift = index / half - 1;
  return static_cast<std::int64_t>(index - shift * half) << shift;
}

constexpr std::int64_t middle_of(std::uint16_t index) {
  if (index < 2 * half) return index;
  return lowest_of(index) + (std::int64_t{1} << (index / half - 2));
}

static_assert(bucket_of(127) == 127 && bucket_of(128) == 128 && bucket_of(129) == 128 &&
              bucket_of(130) == 129);
static_assert(middle_of(bucket_of(99)) == 99 && middle_of(bucket_of(256)) == 258);
static_assert(bucket_of(longest_ms) == Histogram::most_buckets - 1);

}  // namespace

std::uint16_t Histogram::index_of(Duration took) {
  return bucket_of(static_cast<std::uint32_t>(std::clamp<std::int64_t>(took.count(), 0, longest_ms)));
}

std::int64_t Histogram::lowest(int index) {
  CHECK(index >= 0 && index <= most_buckets);
  return lowest_of(static_cast<std::uint32_t>(index));
}

void Histogram::add(Duration took, std::int64_t times) {
  CHECK(times >= 0);
  if (times == 0) return;
  const std::int64_t ms = std::clamp<std::int64_t>(took.count(), 0, longest_ms);
  const std::uint16_t index = bucket_of(static_cast<std::uint32_t>(ms));
  const auto at = std::ranges::lower_bound(buckets_, index, {}, &Bucket::index);
  if (at != buckets_.end() && at->index == index)
    at->count += times;
  else
    buckets_.insert(at, Bucket{index, times});
  count_ += times;
  sum_ms_ += ms * times;
}

void Histogram::merge(const Histogram& other) {
  if (buckets_.empty()) {
    *this = other;
    return;
  }
  // Mostly the buckets are there already: only what is new moves the others.
  std::vector<Bucket> news;
  auto at = buckets_.begin();
  for (const Bucket& bucket : other.buckets_) {
    at = std::lower_bound(at, buckets_.end(), bucket.index,
                          [](const Bucket& mine, std::uint16_t index) { return mine.index < index; });
    if (at != buckets_.end() && at->index == bucket.index)
      at->count += bucket.count;
    else
      news.push_back(bucket);
  }
  if (!news.empty()) {
    std::vector<Bucket> all;
    all.reserve(buckets_.size() + news.size());
    std::ranges::merge(buckets_, news, std::back_inserter(all), {}, &Bucket::index, &Bucket::index);
    buckets_ = std::move(all);
  }
  count_ += other.count_;
  sum_ms_ += other.sum_ms_;
}

std::optional<Duration> Histogram::quantile(double q) const {
  CHECK(q > 0 && q <= 1);
  if (count_ == 0) return std::nullopt;
  // 0.07 × 100 is a little more than 7 to a computer, and the seventh is meant.
  const double exact = q * static_cast<double>(count_);
  const auto rank =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(exact * (1 - 1e-12))), 1, count_);
  std::int64_t seen = 0;
  for (const Bucket& bucket : buckets_) {
    seen += bucket.count;
    if (seen >= rank) return Duration(middle_of(bucket.index));
  }
  CHECK(seen == count_);
  return Duration(middle_of(buckets_.back().index));
}

std::optional<double> Histogram::mean() const {
  if (count_ == 0) return std::nullopt;
  return static_cast<double>(sum_ms_) / static_cast<double>(count_);
}

}  // namespace slipway::judge
