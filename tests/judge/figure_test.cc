#include "judge/figure.h"

#include <gtest/gtest.h>

namespace slipway::judge {
namespace {

TEST(Figure, WritesSharesWithTheDecimalsThatMatter) {
  EXPECT_EQ(share_figure(0), "0 %");
  EXPECT_EQ(share_figure(0.00002), "0.002 %");
  EXPECT_EQ(share_figure(0.0041), "0.41 %");
  EXPECT_EQ(share_figure(0.05), "5 %");
  EXPECT_EQ(share_figure(0.20436), "20.4 %");
  EXPECT_EQ(share_figure(1), "100 %");
}

TEST(Figure, WritesTimesInTheUnitThatTheyHave) {
  EXPECT_EQ(time_figure(0), "0 ms");
  EXPECT_EQ(time_figure(4.24), "4.2 ms");
  EXPECT_EQ(time_figure(9.97), "10 ms");
  EXPECT_EQ(time_figure(38.4), "38 ms");
  EXPECT_EQ(time_figure(100), "100 ms");
  EXPECT_EQ(time_figure(999.7), "1 s");
  EXPECT_EQ(time_figure(2413), "2.41 s");
  EXPECT_EQ(time_figure(9999), "10 s");
  EXPECT_EQ(time_figure(12'340), "12.3 s");
  EXPECT_EQ(time_figure(59'990), "1 min");
  EXPECT_EQ(time_figure(65'000), "1 min 5 s");
}

TEST(Figure, WritesSpansInWholeSeconds) {
  EXPECT_EQ(span_figure(Duration(5000)), "5 s");
  EXPECT_EQ(span_figure(Duration(59'000)), "59 s");
  EXPECT_EQ(span_figure(Duration(300'000)), "5 min");
}

TEST(Figure, GroupsTheDigitsOfManyRequests) {
  EXPECT_EQ(requests_figure(0), "0 requests");
  EXPECT_EQ(requests_figure(1), "1 request");
  EXPECT_EQ(requests_figure(999), "999 requests");
  EXPECT_EQ(requests_figure(1204), "1,204 requests");
  EXPECT_EQ(requests_figure(123'456), "123,456 requests");
  EXPECT_EQ(requests_figure(12'345'678), "12,345,678 requests");
}

TEST(Figure, WritesOddsAndFactorsAsFarAsTheyMatter) {
  EXPECT_EQ(odds_figure(0.01), "under 0.1 : 1");
  EXPECT_EQ(odds_figure(0.8), "0.8 : 1");
  EXPECT_EQ(odds_figure(240.3), "240 : 1");
  EXPECT_EQ(odds_figure(2e6), "over a million : 1");
  EXPECT_EQ(factor_figure(0.61), "0.61 ×");
  EXPECT_EQ(factor_figure(4.2), "4.2 ×");
  EXPECT_EQ(factor_figure(9.97), "10 ×");
  EXPECT_EQ(factor_figure(21), "21 ×");
  EXPECT_EQ(factor_figure(1200), "over 999 ×");
}

}  // namespace
}  // namespace slipway::judge
