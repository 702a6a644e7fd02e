#include "judge/wealth.h"

#include <gtest/gtest.h>

#include <cmath>

namespace slipway::judge {
namespace {

const std::vector<double> two{0.25, 0.75};

TEST(Wealth, IsOneWhateverOfItIsInvested) {
  Wealth wealth(two, {0.5, 0.05, 4, 3});
  for (int second = 0; second < 40; ++second) {
    wealth.begin_second();
    EXPECT_NEAR(wealth.log_total(), 0, 1e-12) << second;
  }
  EXPECT_NEAR(wealth.reserve(), 0.05, 1e-12);
}

TEST(Wealth, ComesInEqualPartsAtItsSecondsAndNotInTheFirst) {
  Wealth wealth(two, {0.5, 0, 5, 3});
  std::vector<double> reserves;
  for (int second = 0; second < 8; ++second) {
    wealth.begin_second();
    reserves.push_back(wealth.reserve());
  }
  for (const int second : {0, 1, 2}) EXPECT_NEAR(reserves[static_cast<std::size_t>(second)], 0.5, 1e-12);
  for (const int second : {3, 4, 5}) EXPECT_NEAR(reserves[static_cast<std::size_t>(second)], 0.4, 1e-12);
  EXPECT_NEAR(reserves[6], 0.3, 1e-12);
}

TEST(Wealth, WinsByEachBetsShare) {
  Wealth wealth(two, {1, 0, 0, 30});
  wealth.multiply(std::vector{std::log(8.0), std::log(0.5)});
  EXPECT_NEAR(std::exp(wealth.log_total()), 0.25 * 8 + 0.75 * 0.5, 1e-12);
  EXPECT_NEAR(std::exp(wealth.log_total(std::vector{std::log(2.0), 0.0})), 0.25 * 16 + 0.75 * 0.5, 1e-12);
}

TEST(Wealth, ThatComesLateHasLostNothing) {
  Wealth wealth(two, {0.5, 0, 1, 2});
  wealth.begin_second();
  wealth.multiply(std::vector{-50.0, -50.0});
  EXPECT_NEAR(std::exp(wealth.log_total()), 0.5, 1e-12);
  wealth.begin_second();
  wealth.begin_second();
  wealth.multiply(std::vector{std::log(10.0), std::log(10.0)});
  EXPECT_NEAR(std::exp(wealth.log_total()), 5, 1e-9);
}

TEST(Wealth, IsCutToWhatIsAllowedAndNeverRaised) {
  Wealth wealth(two, {0.5, 0, 0, 30});
  wealth.multiply(std::vector{std::log(100.0), std::log(100.0)});
  wealth.cut(std::log(10.0));
  EXPECT_NEAR(std::exp(wealth.log_total()), 10, 1e-9);
  wealth.cut(std::log(50.0));
  EXPECT_NEAR(std::exp(wealth.log_total()), 10, 1e-9);
  wealth.cut(std::log(5.0), std::vector{std::log(2.0), std::log(2.0)});
  EXPECT_NEAR(std::exp(wealth.log_total(std::vector{std::log(2.0), std::log(2.0)})), 5, 1e-9);
}

TEST(Wealth, BetOverAgainIsAsMuchAsItWas) {
  Wealth wealth(two, {0.5, 0.1, 4, 30});
  wealth.multiply(std::vector{2.0, -3.0});
  const double before = wealth.log_total();
  wealth.start_over();
  EXPECT_NEAR(wealth.log_total(), before, 1e-12);
  EXPECT_EQ(wealth.reserve(), 0);
}

TEST(Wealth, OfAMetricThatIsNotLookedAtNeverCounts) {
  Wealth wealth({1, 0}, {1, 0, 0, 30});
  wealth.multiply(std::vector{0.0, 1000.0});
  EXPECT_NEAR(wealth.log_total(), 0, 1e-12);
}

}  // namespace
}  // namespace slipway::judge
