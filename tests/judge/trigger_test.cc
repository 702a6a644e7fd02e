#include "judge/trigger.h"

#include <gtest/gtest.h>

#include "judge/traffic.h"
#include "judge/triggers.h"

namespace slipway::judge {
namespace {

constexpr Trigger p99_above_2_seconds{Trigger::Metric::response_time, Trigger::Statistic::p99, 2000,
                                      seconds(30)};

TEST(Trigger, DescribesItself) {
  EXPECT_EQ(describe({Trigger::Metric::error_rate, Trigger::Statistic::mean, 50'000, seconds(300)}),
            "ErrorRate above 5 % for 5 min");
  EXPECT_EQ(describe({Trigger::Metric::error_rate, Trigger::Statistic::mean, 1'250, seconds(5)}),
            "ErrorRate above 0.125 % for 5 s");
  EXPECT_EQ(describe(mean_above_2_seconds), "ResponseTime above 2 s for 30 s");
  EXPECT_EQ(describe({Trigger::Metric::response_time, Trigger::Statistic::mean, 1234, seconds(30)}),
            "ResponseTime above 1.234 s for 30 s");
  EXPECT_EQ(describe({Trigger::Metric::response_time, Trigger::Statistic::p99, 250, seconds(90)}),
            "ResponseTime p99 above 250 ms for 1 min 30 s");
  EXPECT_EQ(describe(half_healthy), "HealthCheck below 50 % for 20 s");
}

TEST(Trigger, FiresAtErrorsThatLastForTheWholeDuration) {
  Experience experience;
  ask_each_second(experience, 0, 30, 100, 20);
  const Finding finding = look(errors_for_30_seconds, experience, at(0), at(30));
  EXPECT_TRUE(finding.known);
  EXPECT_TRUE(finding.beyond);
  EXPECT_TRUE(finding.breached);
  EXPECT_DOUBLE_EQ(finding.value, 0.2);
  EXPECT_EQ(finding.requests, 3000);
  EXPECT_EQ(finding.first_bad, at(0) + Duration(500));
}

TEST(Trigger, DoesNotFireBeforeUsersAreThereForTheWholeDuration) {
  Experience experience;
  ask_each_second(experience, 0, 31, 100, 100);
  for (std::int64_t second = 0; second < 30; ++second)
    EXPECT_FALSE(look(errors_for_30_seconds, experience, at(0), at(second)).breached) << second;
  EXPECT_FALSE(look(errors_for_30_seconds, experience, at(0), at(30) - Duration(1)).breached);
  EXPECT_TRUE(look(errors_for_30_seconds, experience, at(0), at(30)).breached);
}

TEST(Trigger, FiresOnceWholeSecondsOfTheDurationLieAfterTheFirstUsers) {
  Experience experience;
  ask_each_second(experience, 0, 40, 100, 100);
  const Time since = at(0) + Duration(400);
  EXPECT_FALSE(look(errors_for_30_seconds, experience, since, at(30) + Duration(999)).breached);
  EXPECT_TRUE(look(errors_for_30_seconds, experience, since, at(31)).breached);
}

TEST(Trigger, LooksAtWhatThereIsWhileTheDurationIsNotFull) {
  Experience experience;
  ask_each_second(experience, 0, 10, 100, 100);  // nobody counts these: users came later
  ask_each_second(experience, 10, 20, 100, 20);
  const Finding finding = look(errors_for_30_seconds, experience, at(10), at(20));
  EXPECT_TRUE(finding.known);
  EXPECT_TRUE(finding.beyond);
  EXPECT_FALSE(finding.breached);
  EXPECT_FALSE(finding.first_bad);
  EXPECT_DOUBLE_EQ(finding.value, 0.2);
  EXPECT_EQ(finding.requests, 1000);
}

TEST(Trigger, KnowsNothingBeforeTheFirstSecondIsOver) {
  Experience experience;
  ask(experience, 0, 100, 100);
  const Finding finding = look(errors_for_30_seconds, experience, at(0) + Duration(1), at(0) + Duration(900));
  EXPECT_FALSE(finding.known);
  EXPECT_EQ(finding.requests, 0);
}

TEST(Trigger, LeavesOutTheSecondUnderWay) {
  Experience experience;
  ask_each_second(experience, 0, 30, 100, 4);
  ask(experience, 30, 10'000, 10'000);
  EXPECT_FALSE(look(errors_for_30_seconds, experience, at(0), at(30) + Duration(900)).beyond);
}

TEST(Trigger, DoesNotFireAtTheThresholdItself) {
  Experience experience;
  ask_each_second(experience, 0, 30, 100, 5);
  EXPECT_FALSE(look(errors_for_30_seconds, experience, at(0), at(30)).breached);
  ask(experience, 3, 1, 1);
  ask(experience, 9, 1, 1);
  ask(experience, 15, 1, 1);
  ask(experience, 21, 1, 1);
  ask(experience, 27, 1, 1);
  EXPECT_TRUE(look(errors_for_30_seconds, experience, at(0), at(30)).breached);
}

TEST(Trigger, DoesNotFireAtABurstOfAThirdOfTheDuration) {
  Experience experience;
  ask_each_second(experience, 0, 10, 100, 2);
  ask_each_second(experience, 10, 20, 100, 100);
  ask_each_second(experience, 20, 30, 100, 2);
  const Finding finding = look(errors_for_30_seconds, experience, at(0), at(30));
  EXPECT_TRUE(finding.beyond);
  EXPECT_GT(finding.value, 0.3);
  EXPECT_FALSE(finding.breached);
}

TEST(Trigger, GoesByTheWholeWhereFifthsHaveTooFewRequests) {
  Experience experience;
  ask_each_second(experience, 0, 10, 3, 0);  // 18 in a fifth
  ask_each_second(experience, 10, 20, 4, 4);
  ask_each_second(experience, 20, 30, 3, 0);
  const Finding finding = look(errors_for_30_seconds, experience, at(0), at(30));
  EXPECT_EQ(finding.requests, 100);
  EXPECT_TRUE(finding.breached);
}

TEST(Trigger, FiresAt50RequestsAndNotAt49) {
  Experience experience;
  for (std::int64_t second = 0; second < 7; ++second) ask(experience, second * 4, 7, 1);
  EXPECT_FALSE(look(errors_for_30_seconds, experience, at(0), at(30)).known);
  EXPECT_FALSE(look(errors_for_30_seconds, experience, at(0), at(30)).breached);
  ask(experience, 29, 1, 0);
  const Finding finding = look(errors_for_30_seconds, experience, at(0), at(30));
  EXPECT_EQ(finding.requests, 50);
  EXPECT_TRUE(finding.known);
  EXPECT_TRUE(finding.breached);
}

TEST(Trigger, DividesADurationOfFewSecondsIntoSeconds) {
  const Trigger trigger{Trigger::Metric::error_rate, Trigger::Statistic::mean, 50'000, seconds(2)};
  Experience experience;
  ask(experience, 0, 100, 100);
  ask(experience, 1, 100, 0);
  EXPECT_FALSE(look(trigger, experience, at(0), at(2)).breached);
  ask(experience, 1, 100, 20);
  EXPECT_TRUE(look(trigger, experience, at(0), at(2)).breached);
  const Trigger second{Trigger::Metric::error_rate, Trigger::Statistic::mean, 50'000, seconds(1)};
  EXPECT_TRUE(look(second, experience, at(0), at(2)).breached);
}

TEST(Trigger, AThresholdOfNothingNeedsAnErrorInEachFifth) {
  const Trigger trigger{Trigger::Metric::error_rate, Trigger::Statistic::mean, 0, seconds(5)};
  Experience experience;
  ask_each_second(experience, 0, 5, 100, 0);
  EXPECT_FALSE(look(trigger, experience, at(0), at(5)).breached);
  ask_each_second(experience, 0, 4, 0, 1);
  EXPECT_FALSE(look(trigger, experience, at(0), at(5)).breached);
  ask(experience, 4, 0, 1);
  EXPECT_TRUE(look(trigger, experience, at(0), at(5)).breached);
}

TEST(Trigger, FiresAtSlowAnswersFromTheFirstSlowSecondOn) {
  Experience experience;
  ask_each_second(experience, 0, 2, 10, 0, Duration(100));
  ask_each_second(experience, 2, 30, 10, 0, Duration(3000));
  const Finding finding = look(mean_above_2_seconds, experience, at(0), at(30));
  EXPECT_TRUE(finding.breached);
  EXPECT_DOUBLE_EQ(finding.value, (2 * 100 + 28 * 3000) / 30.0);
  EXPECT_EQ(finding.first_bad, at(2));
}

TEST(Trigger, DoesNotFireAtAMeanOfTheThreshold) {
  Experience experience;
  ask_each_second(experience, 0, 30, 100, 0, Duration(2000));
  EXPECT_FALSE(look(mean_above_2_seconds, experience, at(0), at(30)).beyond);
  ask_each_second(experience, 0, 30, 1, 0, Duration(2001));
  EXPECT_TRUE(look(mean_above_2_seconds, experience, at(0), at(30)).breached);
}

TEST(Trigger, DoesNotFireAtABurstOfSlowness) {
  Experience experience;
  ask_each_second(experience, 0, 20, 100, 0, Duration(40));
  ask_each_second(experience, 20, 30, 100, 0, Duration(30'000));
  const Finding finding = look(mean_above_2_seconds, experience, at(0), at(30));
  EXPECT_TRUE(finding.beyond);
  EXPECT_FALSE(finding.breached);
}

TEST(Trigger, LooksAtTheStatisticThatItNames) {
  Experience experience;
  ask_each_second(experience, 0, 30, 94, 0, Duration(40));
  ask_each_second(experience, 0, 30, 6, 0, Duration(5000));
  const auto breached = [&](Trigger::Statistic statistic) {
    return look({Trigger::Metric::response_time, statistic, 300, seconds(30)}, experience, at(0), at(30))
        .breached;
  };
  EXPECT_TRUE(breached(Trigger::Statistic::mean));  // 337.6 ms
  EXPECT_FALSE(breached(Trigger::Statistic::p50));
  EXPECT_FALSE(breached(Trigger::Statistic::p90));
  EXPECT_TRUE(breached(Trigger::Statistic::p99));
  const Finding finding = look(p99_above_2_seconds, experience, at(0), at(30));
  EXPECT_NEAR(finding.value, 5000, 50);
  EXPECT_EQ(finding.first_bad, at(0));
}

TEST(Trigger, FiresAtHealthBelowTheThresholdInEverySecond) {
  Experience experience;
  observe_each_second(experience, 0, 20, 1, 4);
  const Finding finding = look(half_healthy, experience, at(0), at(20));
  EXPECT_TRUE(finding.known);
  EXPECT_TRUE(finding.breached);
  EXPECT_DOUBLE_EQ(finding.value, 0.25);
  EXPECT_EQ(finding.first_bad, at(0));
  EXPECT_FALSE(look(half_healthy, experience, at(1), at(20)).breached);
}

TEST(Trigger, DoesNotFireAtHealthThatWasAtTheThresholdForASecond) {
  Experience experience;
  observe_each_second(experience, 0, 20, 1, 4);
  experience.observe(at(7), 2, 4);
  const Finding finding = look(half_healthy, experience, at(0), at(20));
  EXPECT_FALSE(finding.beyond);
  EXPECT_FALSE(finding.breached);
}

TEST(Trigger, SeesTheThresholdAsAShareThatIsNoBinaryFraction) {
  const Trigger trigger{Trigger::Metric::health_check, Trigger::Statistic::mean, 290'000, seconds(5)};
  Experience experience;
  observe_each_second(experience, 0, 5, 29, 100);
  EXPECT_FALSE(look(trigger, experience, at(0), at(5)).breached);
}

TEST(Trigger, MissesOneSecondOfHealthInTenAndNoMore) {
  Experience experience;
  observe_each_second(experience, 0, 18, 0, 4);
  EXPECT_TRUE(look(half_healthy, experience, at(0), at(20)).breached);
  const Finding later = look(half_healthy, experience, at(0), at(21));
  EXPECT_FALSE(later.known);
  EXPECT_FALSE(later.breached);
}

}  // namespace
}  // namespace slipway::judge
