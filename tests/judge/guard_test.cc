#include "judge/guard.h"

#include <gtest/gtest.h>

#include <cmath>

#include "judge/fast_path.h"
#include "judge/sample_ratio.h"
#include "judge/stream.h"
#include "judge/triggers.h"

namespace slipway::judge {
namespace {

constexpr Duration warm_up{30'000};

Guard after(Guard guard, Stream& stream, int seconds) {
  stream.run(0, seconds, [&](const Second& second) { guard.take(second.canary, {}, warm_up, 0.5); });
  return guard;
}

Stream half_of_40_a_second() {
  Stream stream(1);
  stream.weight = 0.5;
  stream.requests = 40;
  stream.canary_instances = stream.stable_instances = 5;
  return stream;
}

TEST(Guard, FindsACanaryBeyondItsLimitLongBeforeTheDurationIsOver) {
  Stream stream = half_of_40_a_second();
  stream.canary.errors = 0.2;
  const Guard guard = after(Guard(errors_above_5_percent, 50), stream, 60);
  EXPECT_GE(guard.log_beyond(), std::log(100.0));
  EXPECT_LT(guard.log_within(), 0);
}

TEST(Guard, LetsACanaryBeThatIsAtFourFifthsOfItsLimit) {
  Stream stream = half_of_40_a_second();
  stream.canary.errors = 0.04;
  Guard guard(errors_above_5_percent, 50);
  double most = 0;
  stream.run(0, 1500, [&](const Second& second) {
    guard.take(second.canary, {}, warm_up, 0.5);
    most = std::max(most, guard.log_beyond());
  });
  EXPECT_LT(most, std::log(100.0));
}

TEST(Guard, RulesALimitOutForAGoodCanary) {
  Stream stream = half_of_40_a_second();
  const Guard guard = after(Guard(errors_above_5_percent, 50), stream, 20);
  EXPECT_GE(guard.log_within(), std::log(20.0));
  EXPECT_LT(guard.log_beyond(), 0);
}

TEST(Guard, DoesNotRelyOnWhatWasLongAgo) {
  Stream stream = half_of_40_a_second();
  Guard guard = after(Guard(errors_above_5_percent, 50), stream, 600);
  stream.canary.errors = 0.3;
  guard = after(std::move(guard), stream, 20);
  EXPECT_LT(guard.log_within(), std::log(20.0));
  guard = after(std::move(guard), stream, 40);
  EXPECT_GE(guard.log_beyond(), std::log(100.0));
}

TEST(Guard, TakesABurstOfOneInstanceForNoBreach) {
  Stream stream = half_of_40_a_second();
  Guard guard = after(Guard(errors_above_5_percent, 50), stream, 60);
  stream.run(60, 65, [&](Second& second) {
    auto burst = std::vector(second.canary.instances.begin(), second.canary.instances.end());
    burst[1].all.errors = burst[1].all.requests;
    second.canary.instances = burst;
    guard.take(second.canary, {}, warm_up, 0.5);
  });
  EXPECT_LT(guard.log_beyond(), std::log(20.0));
}

TEST(Guard, KnowsQuantilesAndTheMean) {
  using Statistic = Trigger::Statistic;
  for (const Statistic statistic : {Statistic::mean, Statistic::p50, Statistic::p90, Statistic::p99}) {
    for (const double median : {80.0, 4000.0}) {
      Stream stream = half_of_40_a_second();
      stream.canary.median_ms = median;
      const Guard guard =
          after(Guard({Trigger::Metric::response_time, statistic, 2000, Duration(300'000)}, 50), stream, 60);
      if (median > 2000) {
        EXPECT_GE(guard.log_beyond(), std::log(100.0)) << static_cast<int>(statistic);
        EXPECT_LT(guard.log_within(), 0) << static_cast<int>(statistic);
      } else {
        EXPECT_LT(guard.log_beyond(), 0) << static_cast<int>(statistic);
        EXPECT_GE(guard.log_within(), std::log(20.0)) << static_cast<int>(statistic);
      }
    }
  }
}

TEST(Guard, OfTheMeanIsNotFavourableAtTheThresholdWhateverTheTimes) {
  // Of 100 requests, 90 take 10 ms and 10 take 910: the mean is 100 ms.
  const Trigger trigger{Trigger::Metric::response_time, Trigger::Statistic::mean, 100, Duration(300'000)};
  const auto evidence = [&](double ms) {
    Part part;
    part.add(ms);
    const InstanceSecond second = part.view();
    Guard guard(trigger, 0);
    guard.take({{&second, 1}, {}}, {}, warm_up, 0.001);
    return std::pair(std::exp(guard.log_beyond()), std::exp(guard.log_within()));
  };
  const auto [fast_beyond, fast_within] = evidence(10);
  const auto [slow_beyond, slow_within] = evidence(910);
  EXPECT_LE(0.9 * fast_beyond + 0.1 * slow_beyond, 1 + 1e-12);
  EXPECT_LE(0.9 * fast_within + 0.1 * slow_within, 1 + 1e-12);
}

TEST(Guard, OfErrorsIsFairAtTheThresholdBothWays) {
  const auto evidence = [&](std::int64_t errors) {
    const InstanceSecond second{0, warm_up, {1, errors, {}}, {}, {}};
    Guard guard(errors_above_5_percent, 0);
    guard.take({{&second, 1}, {}}, {}, warm_up, 0.001);
    return std::pair(std::exp(guard.log_beyond()), std::exp(guard.log_within()));
  };
  const auto [good_beyond, good_within] = evidence(0);
  const auto [bad_beyond, bad_within] = evidence(1);
  EXPECT_LE(0.95 * good_beyond + 0.05 * bad_beyond, 1 + 1e-12);
  EXPECT_NEAR(0.95 * good_within + 0.05 * bad_within, 1, 1e-6);
}

TEST(Guard, ForgivesWhatHasPassed) {
  Stream stream = half_of_40_a_second();
  stream.canary.errors = 0.5;
  Guard guard = after(Guard(errors_above_5_percent, 50), stream, 60);
  guard.forgive();
  EXPECT_LE(guard.log_beyond(), 1e-12);
}

TEST(FastPath, TakesElevenFailuresInARow) {
  FastPath fast;
  fast.take(1000, 300);
  EXPECT_EQ(fast.log_evidence(), 0);
  fast.take(10, 10);
  EXPECT_FALSE(fast.alarms());
  fast.take(1, 1);
  EXPECT_TRUE(fast.alarms());
}

TEST(FastPath, EndsSoonWhereLittleIsRemembered) {
  FastPath fast(2 * FastPath::limit());
  fast.take(100'000, 100'000);
  EXPECT_TRUE(fast.alarms());
  fast.take(20, 0);
  EXPECT_FALSE(fast.alarms());
}

Second counts(std::vector<InstanceSecond>& parts, std::int64_t canary, std::int64_t stable) {
  parts.assign(2, {});
  parts[0].all.requests = canary;
  parts[1].all.requests = stable;
  Second second;
  second.weight = 0.05;
  second.canary.instances = {parts.data(), 1};
  second.stable.instances = {parts.data() + 1, 1};
  return second;
}

TEST(SampleRatio, IsFineWhereTheArmsGetTheirShareAndWhereAHeavyClientIsOnTheCanary) {
  for (const std::int64_t canary : {5, 25}) {
    std::vector<InstanceSecond> parts;
    SampleRatio ratio;
    for (int i = 0; i < 600; ++i) ratio.take(counts(parts, canary, 95));
    EXPECT_FALSE(ratio.alarms()) << canary;
  }
}

TEST(SampleRatio, MissesACanaryThatGetsNothing) {
  std::vector<InstanceSecond> parts;
  SampleRatio ratio;
  for (int i = 0; i < 4; ++i) ratio.take(counts(parts, 0, 95));
  EXPECT_TRUE(ratio.silent());
  ratio.take(counts(parts, 5, 95));
  EXPECT_FALSE(ratio.silent());
}

TEST(SampleRatio, MissesStableToo) {
  std::vector<InstanceSecond> parts;
  SampleRatio ratio;
  ratio.take(counts(parts, 5, 0));
  EXPECT_TRUE(ratio.silent());
}

TEST(SampleRatio, SeesSessionsThatAreTooManyOrTooFewAndBelievesAnArmThatIsSetRight) {
  for (const std::int64_t canary : {2, 12}) {
    std::vector<InstanceSecond> parts;
    SampleRatio ratio;
    const auto take = [&](std::int64_t sessions) {
      Second second = counts(parts, 5, 95);
      second.canary.sessions = sessions;
      second.stable.sessions = 95;
      ratio.take(second);
    };
    for (int i = 0; i < 60; ++i) take(canary);
    EXPECT_TRUE(ratio.alarms()) << canary;
    for (int i = 0; i < 60; ++i) take(5);
    EXPECT_FALSE(ratio.alarms()) << canary;
  }
}

}  // namespace
}  // namespace slipway::judge
