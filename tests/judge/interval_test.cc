#include "judge/interval.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "judge/histogram.h"

namespace slipway::judge {
namespace {

// Computed with scipy.
TEST(Interval, OfAShareIsTheMixtures) {
  const Interval some = share_interval(5, 100, 0.01);
  EXPECT_NEAR(some.lowest, 0.004970381507520566, 1e-9);
  EXPECT_NEAR(some.highest, 0.17505174730263717, 1e-9);
  const Interval many = share_interval(50, 1000, 0.005);
  EXPECT_NEAR(many.lowest, 0.02601639040481839, 1e-9);
  EXPECT_NEAR(many.highest, 0.08466419171352547, 1e-9);
}

TEST(Interval, OfAShareEndsWhereNothingElseIsPossible) {
  EXPECT_EQ(share_interval(0, 0, 0.05).highest, 1);
  EXPECT_EQ(share_interval(0, 100, 0.05).lowest, 0);
  EXPECT_NEAR(share_interval(0, 100, 0.05).highest, 0.057028597638772514, 1e-9);
  EXPECT_EQ(share_interval(3, 3, 0.05).highest, 1);
  EXPECT_NEAR(share_interval(3, 3, 0.05).lowest, 0.25, 1e-9);
}

// One request in each of the first n buckets, which are of a millisecond each up to the 128th.
std::vector<std::int64_t> one_each(std::size_t n) {
  std::vector<std::int64_t> counts(Histogram::most_buckets);
  for (std::size_t i = 0; i < n; ++i) counts[i] = 1;
  return counts;
}

// Of which the orders that are kept are 31 … 69 of 100, and 97 … 116 of 120.
TEST(Interval, OfAQuantileIsFromItsLowestOrderToItsHighest) {
  const Interval median = quantile_interval(one_each(100), 0.5, 0.005);
  EXPECT_EQ(median.lowest, 30);
  EXPECT_EQ(median.highest, 70);
  const Interval p90 = quantile_interval(one_each(120), 0.9, 0.05);
  EXPECT_EQ(p90.lowest, 96);
  EXPECT_EQ(p90.highest, 117);
}

TEST(Interval, OfATailThatWasNotSeenHasNoEnd) {
  EXPECT_EQ(quantile_interval(one_each(50), 0.99, 0.005).lowest, 44);
  EXPECT_TRUE(std::isinf(quantile_interval(one_each(50), 0.99, 0.005).highest));
  EXPECT_TRUE(std::isinf(quantile_interval(one_each(0), 0.5, 0.05).highest));
}

TEST(Interval, OfARatioIsOfTheEndsThatAreFurthestApart) {
  const Interval ratio = ratio_interval({2, 6}, {1, 4});
  EXPECT_EQ(ratio.lowest, 0.5);
  EXPECT_EQ(ratio.highest, 6);
  EXPECT_TRUE(std::isinf(ratio_interval({2, 6}, {0, 4}).highest));
}

TEST(Interval, QuantilesAreTheNearestRanks) {
  EXPECT_EQ(quantile(one_each(100), 0.5), 49);
  EXPECT_EQ(quantile(one_each(0), 0.5), 0);
}

}  // namespace
}  // namespace slipway::judge
