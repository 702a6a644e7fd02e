#include "judge/bets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "judge/stream.h"

namespace slipway::judge {
namespace {

constexpr std::array weights{0.01, 0.05, 0.25, 0.5, 0.9};

// Of one request.
double worth(const Bets& bets, Arm arm, std::size_t bet, const Outcomes& outcomes) {
  InstanceSecond second;
  second.all = outcomes;
  Gains gains{};
  bets.add_errors(arm, outcomes, gains);
  bets.add_times(arm, second, {}, gains);
  return std::exp(gains.at(bet));
}

double worth_of_time(const Bets& bets, Arm arm, std::size_t bet, int cell) {
  const Histogram::Bucket bucket{static_cast<std::uint16_t>(cell), 1};
  return worth(bets, arm, bet, {0, 0, {&bucket, 1}});
}

using Law = std::vector<double>;  // shares by cell

// A rugged one: some cells are far more frequent than their neighbours, and some are empty.
Law law(int cells, Draws& draws) {
  Law shares(static_cast<std::size_t>(cells));
  const double middle = 0.2 + 0.6 * draws.share();
  for (int cell = 0; cell < cells; ++cell) {
    const double distance = (static_cast<double>(cell) / cells - middle) * 8;
    shares[static_cast<std::size_t>(cell)] =
        draws.share() < 0.2 ? 0 : draws.share() * std::exp(-distance * distance);
  }
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= all;
  return shares;
}

Reference reference_of(const Law& law) {
  Reference reference(static_cast<int>(law.size()));
  for (std::size_t cell = 0; cell < law.size(); ++cell) {
    const Histogram::Bucket bucket{static_cast<std::uint16_t>(cell), std::llround(law[cell] * 20'000)};
    if (bucket.count > 0) reference.add({&bucket, 1});
  }
  return reference;
}

// Of a request whose arm is drawn by the weight, and whose time by the arm's law.
double expectation(const Bets& bets, std::size_t bet, double weight, const Law& canary, const Law& stable) {
  double sum = 0;
  for (std::size_t cell = 0; cell < canary.size(); ++cell) {
    const int at = static_cast<int>(cell);
    if (canary[cell] > 0) sum += weight * canary[cell] * worth_of_time(bets, Arm::canary, bet, at);
    if (stable[cell] > 0) sum += (1 - weight) * stable[cell] * worth_of_time(bets, Arm::stable, bet, at);
  }
  return sum;
}

TEST(Bets, OfErrorsAreFairWhereTheCanaryIsAsBadAsIsTolerated) {
  const Scale scale = Scale::of_histogram();
  for (const Settings::Tolerance& tolerance :
       {Settings::Tolerance{1, 0, 1}, Settings::Tolerance{1.1, 0.0005, 1.05}, Settings::Tolerance{2, 0.1, 1}})
    for (const double weight : weights) {
      Bets bets(scale, tolerance, 0);
      bets.weigh(weight, 0);
      for (const double stable : {0.0, 0.001, 0.05, 0.4})
        for (std::size_t bet = 0; bet < error_bets; ++bet) {
          const double limit = tolerance.errors_ratio * stable + tolerance.errors_points;
          const auto expected = [&](double canary) {
            return weight * (canary * worth(bets, Arm::canary, bet, {1, 1, {}}) +
                             (1 - canary) * worth(bets, Arm::canary, bet, {1, 0, {}})) +
                   (1 - weight) * (stable * worth(bets, Arm::stable, bet, {1, 1, {}}) +
                                   (1 - stable) * worth(bets, Arm::stable, bet, {1, 0, {}}));
          };
          EXPECT_NEAR(expected(limit), 1, 1e-12);
          EXPECT_LE(expected(limit / 2), 1);
          EXPECT_GT(expected(limit + 0.1), 1);
        }
    }
}

TEST(Bets, OfTimesAreFairWhereBothArmsAreAlikeWhateverTheReference) {
  Draws draws(1);
  const Scale scale = Scale::geometric(5, 1.05, 60);
  for (int i = 0; i < 20; ++i) {
    const Law normal = law(scale.cells(), draws), now = law(scale.cells(), draws);
    Bets bets(scale, {1, 0, 1}, 0);
    bets.renew(scale, reference_of(normal));
    for (const double weight : weights) {
      bets.weigh(weight, weight);
      for (std::size_t bet = first_threshold_bet; bet < all_bets; ++bet)
        ASSERT_NEAR(expectation(bets, bet, weight, now, now), 1, 1e-12) << bet;
    }
  }
}

TEST(Bets, OfTimesAreNotFavourableWhereTheCanaryIsSlowerByWhatIsTolerated) {
  Draws draws(2);
  const Scale scale = Scale::geometric(5, 1.05, 60);
  for (int i = 0; i < 20; ++i) {
    const Law normal = law(scale.cells(), draws);
    Law stable = law(scale.cells(), draws);
    stable.back() = 0;  // nothing is slower than the last cell
    Law canary(stable.size());
    for (std::size_t cell = 1; cell < stable.size(); ++cell) canary[cell] = stable[cell - 1];
    Bets bets(scale, {1, 0, 1.05}, 0);
    bets.renew(scale, reference_of(normal));
    for (const double weight : weights) {
      bets.weigh(weight, weight);
      for (std::size_t bet = first_threshold_bet; bet < all_bets; ++bet) {
        ASSERT_LE(expectation(bets, bet, weight, canary, stable), 1 + 1e-12) << bet;
        ASSERT_LE(expectation(bets, bet, weight, stable, stable), 1 + 1e-12) << bet;
      }
    }
  }
}

TEST(Bets, OfTimesInMillisecondsAreNotFavourableWhereBothArmsAreAlike) {
  Draws draws(3);
  const Scale scale = Scale::of_histogram();
  for (int i = 0; i < 5; ++i) {
    const Law normal = law(scale.cells(), draws), now = law(scale.cells(), draws);
    Bets bets(scale, {1, 0, 1.05}, 1);
    bets.renew(scale, reference_of(normal));
    bets.weigh(0.05, 0.05);
    for (std::size_t bet = first_threshold_bet; bet < all_bets; ++bet)
      ASSERT_LE(expectation(bets, bet, 0.05, now, now), 1 + 1e-12) << bet;
  }
}

TEST(Bets, GiveMoreForASlowerTimeOfTheCanaryAndLessForOneOfStable) {
  Draws draws(4);
  const Scale scale = Scale::of_histogram();
  Bets bets(scale, {1.1, 0.0005, 1.05}, 1);
  bets.renew(scale, reference_of(law(scale.cells(), draws)));
  bets.weigh(0.2, 0.2);
  for (std::size_t bet = first_threshold_bet; bet < all_bets; ++bet)
    for (int cell = 1; cell < scale.cells(); ++cell) {
      ASSERT_GE(worth_of_time(bets, Arm::canary, bet, cell),
                worth_of_time(bets, Arm::canary, bet, cell - 1) * (1 - 1e-12));
      ASSERT_LE(worth_of_time(bets, Arm::stable, bet, cell),
                worth_of_time(bets, Arm::stable, bet, cell - 1) * (1 + 1e-12));
    }
}

TEST(Bets, AreNoneOnTimesWhileNothingIsNormalYet) {
  const Scale scale = Scale::of_histogram();
  Bets bets(scale, {1, 0, 1}, 0);
  bets.renew(scale, Reference(scale.cells()));
  bets.weigh(0.05, 0.05);
  for (std::size_t bet = 0; bet < all_bets; ++bet) EXPECT_EQ(worth_of_time(bets, Arm::canary, bet, 500), 1);
}

TEST(Bets, ArePutInShareAsTheMetricsWeigh) {
  const auto put = priors(std::array<double, metrics>{4, 1, 1, 1, 1, 1, 1});
  ASSERT_EQ(put.size(), all_bets);
  std::array<double, metrics> by_metric{};
  for (std::size_t bet = 0; bet < all_bets; ++bet)
    by_metric.at(static_cast<std::size_t>(metric_of(bet))) += put[bet];
  EXPECT_NEAR(by_metric[0], 0.4, 1e-12);
  for (std::size_t i = 1; i < by_metric.size(); ++i) EXPECT_NEAR(by_metric.at(i), 0.1, 1e-12);
}

TEST(Bets, StandingAloneAreNotFavourableAtTheMargins) {
  Draws draws(5);
  const Scale scale = Scale::geometric(5, 1.05, 60);
  Reference reference = reference_of(law(scale.cells(), draws));
  Law stable(reference.counts().begin(), reference.counts().end());
  for (double& share : stable) share /= reference.total();
  reference.add(std::int64_t{20'000}, std::int64_t{100});
  Bets bets(scale, {1.1, 0.0005, 1.05}, 0);
  Settings::Accept margins;
  margins.p50 = margins.p90 = margins.p99 = 1.05;
  bets.stand_alone(scale, reference, margins);
  Law canary(stable.size());
  for (std::size_t cell = 0; cell < stable.size(); ++cell)
    canary[std::min(cell + 1, stable.size() - 1)] += stable[cell];
  const double errors = 2 * 0.005 + 0.0025;
  for (std::size_t bet = 0; bet < all_bets; ++bet) {
    double expected = 0;
    if (bet < error_bets) {
      expected = errors * worth(bets, Arm::canary, bet, {1, 1, {}}) +
                 (1 - errors) * worth(bets, Arm::canary, bet, {1, 0, {}});
    } else {
      for (std::size_t cell = 0; cell < canary.size(); ++cell)
        if (canary[cell] > 0)
          expected += canary[cell] * worth_of_time(bets, Arm::canary, bet, static_cast<int>(cell));
    }
    EXPECT_LE(expected, 1 + 1e-9) << bet;
  }
}

TEST(InFlight, CountsARequestOnceWhenItPassesATimeAndNotAgainWhenItEnds) {
  const Histogram::Bucket old{200, 3}, one_less{200, 2}, ended{210, 1};
  EXPECT_EQ(newly_above({}, {&old, 1}, {}, 150), 3);
  EXPECT_EQ(newly_above({}, {&old, 1}, {&old, 1}, 150), 0);
  EXPECT_EQ(newly_above({&ended, 1}, {&one_less, 1}, {&old, 1}, 150), 0);
  EXPECT_EQ(newly_above({&ended, 1}, {}, {}, 150), 1);
}

}  // namespace
}  // namespace slipway::judge
