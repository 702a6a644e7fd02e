#include "judge/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace slipway::judge {
namespace {

Histogram histogram_of(const std::vector<std::int64_t>& times) {
  Histogram histogram;
  for (const std::int64_t ms : times) histogram.add(Duration(ms));
  return histogram;
}

// Of all magnitudes alike, up to an hour.
rc::Gen<std::int64_t> any_time() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, 22), rc::gen::inRange<std::int64_t>(0, 1 << 22)), [](auto pair) {
        return std::min<std::int64_t>(pair.second & ((std::int64_t{2} << pair.first) - 1), 3'600'000);
      });
}

rc::Gen<std::vector<std::int64_t>> any_times() {
  return rc::gen::container<std::vector<std::int64_t>>(any_time());
}

TEST(Histogram, SaysNothingOfNothing) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_FALSE(histogram.quantile(0.5));
  EXPECT_FALSE(histogram.mean());
}

TEST(Histogram, TakesTheNearestRank) {
  Histogram histogram;
  for (int ms = 1; ms <= 100; ++ms) histogram.add(Duration(ms));
  EXPECT_EQ(histogram.quantile(0.5), Duration(50));
  EXPECT_EQ(histogram.quantile(0.07), Duration(7));  // 0.07 × 100 is above 7 in floating point
  EXPECT_EQ(histogram.quantile(0.99), Duration(99));
  EXPECT_EQ(histogram.quantile(0.991), Duration(100));
  EXPECT_EQ(histogram.quantile(0.0001), Duration(1));
  EXPECT_EQ(histogram.quantile(1), Duration(100));
  EXPECT_EQ(histogram.mean(), 50.5);
}

TEST(Histogram, IsExactBelow100Milliseconds) {
  for (int ms = 0; ms < 100; ++ms) EXPECT_EQ(histogram_of({ms}).quantile(1), Duration(ms));
}

TEST(Histogram, IsWithinAHundredthOfEveryTimeUpToAnHour) {
  for (std::int64_t ms = 100; ms <= 3'600'000; ++ms) {
    const auto said = histogram_of({ms}).quantile(1)->count();
    ASSERT_LE(std::abs(said - ms) * 100, ms) << ms << " ms, said " << said;
  }
}

TEST(Histogram, CountsTimesBeyondAnHourAsAnHourAndNegativeOnesAsNothing) {
  EXPECT_EQ(histogram_of({7'200'000}), histogram_of({3'600'000}));
  EXPECT_EQ(histogram_of({7'200'000}).mean(), 3'600'000);
  EXPECT_EQ(histogram_of({-5}), histogram_of({0}));
}

TEST(Histogram, CountsOneRecordForSeveralRequests) {
  Histogram histogram;
  histogram.add(Duration(20), 3);
  histogram.add(Duration(20), 0);
  histogram.add(Duration(70), 0);
  EXPECT_EQ(histogram, histogram_of({20, 20, 20}));
}

RC_GTEST_PROP(Histogram, QuantilesAreWithinAHundredthOfTheTrueOnes, ()) {
  std::vector<std::int64_t> times =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(any_time()));
  const int per_mille = *rc::gen::inRange(1, 1001);
  const Histogram histogram = histogram_of(times);
  std::ranges::sort(times);
  const std::size_t rank = (times.size() * static_cast<std::size_t>(per_mille) + 999) / 1000;
  const std::int64_t exact = times[rank - 1];
  const std::int64_t said = histogram.quantile(per_mille / 1000.0)->count();
  RC_ASSERT(std::abs(said - exact) * 100 <= exact);
}

RC_GTEST_PROP(Histogram, MergingIsAddingAll, ()) {
  const std::vector<std::int64_t> some = *any_times();
  const std::vector<std::int64_t> others = *any_times();
  std::vector<std::int64_t> all = some;
  all.insert(all.end(), others.begin(), others.end());
  Histogram merged = histogram_of(some);
  merged.merge(histogram_of(others));
  RC_ASSERT(merged == histogram_of(all));
}

RC_GTEST_PROP(Histogram, TheMeanIsExact, ()) {
  const std::vector<std::int64_t> times =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(any_time()));
  const std::int64_t sum = std::accumulate(times.begin(), times.end(), std::int64_t{0});
  RC_ASSERT(histogram_of(times).mean() == static_cast<double>(sum) / static_cast<double>(times.size()));
}

}  // namespace
}  // namespace slipway::judge
