#include "judge/alarm.h"

#include <gtest/gtest.h>

#include <map>

#include "judge/traffic.h"
#include "support/draws.h"

namespace slipway::judge {
namespace {

using State = Alarm::State;

Cell met(std::int64_t requests, std::int64_t errors, Duration took = Duration(40)) {
  Cell cell;
  cell.recorded = cell.requests = requests;
  cell.errors = errors;
  if (requests > 0) cell.times.add(took, requests);
  return cell;
}

void take(Alarm& alarm, std::int64_t from, std::int64_t to, const Cell& cell) {
  for (std::int64_t second = from; second < to; ++second) alarm.take(at(second), cell);
}

TEST(Alarm, FiresWhenAPeriodHadMoreErrorsAndCeasesWhenTheNewestHasNot) {
  Alarm alarm({.above = 10, .period = seconds(60)}, start, State::quiet);
  take(alarm, 0, 60, met(100, 0));
  EXPECT_EQ(alarm.value(), 0);
  alarm.take(at(60), met(100, 10));
  EXPECT_EQ(alarm.state(), State::quiet) << "as many are not more";
  alarm.take(at(61), met(100, 1));
  EXPECT_EQ(alarm.state(), State::firing);
  EXPECT_EQ(alarm.value(), 11);
  take(alarm, 62, 120, met(100, 0));
  EXPECT_EQ(alarm.state(), State::firing);
  alarm.take(at(120), met(100, 0));
  EXPECT_EQ(alarm.state(), State::quiet);
  EXPECT_EQ(alarm.value(), 1);
}

TEST(Alarm, CannotFireBeforeAllOfItsPeriodsArePast) {
  Alarm alarm({.above = 10, .period = seconds(60), .evaluation_periods = 3}, start, State::quiet);
  take(alarm, 0, 179, met(100, 50));
  EXPECT_EQ(alarm.state(), State::quiet);
  take(alarm, 179, 180, met(100, 50));
  EXPECT_EQ(alarm.state(), State::firing);
}

TEST(Alarm, FiresOnlyWhenEachOfItsPeriodsWasAbove) {
  Alarm alarm({.above = 59, .period = seconds(60), .evaluation_periods = 3}, start, State::quiet);
  take(alarm, 0, 60, met(100, 50));
  take(alarm, 60, 120, met(100, 0));
  take(alarm, 120, 299, met(100, 1));
  EXPECT_EQ(alarm.state(), State::quiet);
  take(alarm, 299, 300, met(100, 1));
  EXPECT_EQ(alarm.state(), State::firing);
  take(alarm, 300, 350, met(100, 0));
  EXPECT_EQ(alarm.state(), State::quiet) << "the newest alone ends it";
}

TEST(Alarm, TakesMissingDataForNoCause) {
  Alarm alarm({.metric = Alarm::Metric::latency,
               .statistic = Alarm::Statistic::average,
               .above = 100,
               .period = seconds(10)},
              start, State::quiet);
  take(alarm, 0, 100, met(0, 0));
  EXPECT_EQ(alarm.value(), std::nullopt);
  EXPECT_EQ(alarm.state(), State::quiet);
  take(alarm, 100, 101, met(1, 0, Duration(101)));
  EXPECT_EQ(alarm.state(), State::firing);
  alarm.take(at(300), met(0, 0));
  EXPECT_EQ(alarm.state(), State::quiet) << "seconds were left out";
}

TEST(Alarm, KnowsErrorsASecondAndTheMeanOfTimes) {
  Alarm errors({.statistic = Alarm::Statistic::average, .above = 2, .period = seconds(10)}, start,
               State::quiet);
  take(errors, 0, 10, met(50, 3));
  EXPECT_EQ(errors.value(), 3);
  EXPECT_EQ(errors.state(), State::firing);
  const Alarm::Setting mean{.metric = Alarm::Metric::latency,
                            .statistic = Alarm::Statistic::average,
                            .above = 120,
                            .period = seconds(10)};
  Alarm latency(mean, start, State::quiet);
  take(latency, 0, 5, met(10, 0, Duration(100)));
  take(latency, 5, 10, met(30, 0, Duration(140)));
  EXPECT_EQ(latency.value(), 130) << "of requests, not of seconds";
  EXPECT_EQ(latency.state(), State::firing);
}

TEST(Alarm, ThatWasFiringGoesOnUntilAWholePeriodWithoutCauseWasSeen) {
  Alarm alarm({.above = 10, .period = seconds(60), .evaluation_periods = 2}, start, State::firing);
  take(alarm, 0, 59, met(100, 0));
  EXPECT_EQ(alarm.state(), State::firing);
  take(alarm, 59, 60, met(100, 0));
  EXPECT_EQ(alarm.state(), State::quiet);
}

// By its definition, from all that ever was.
class Naive {
 public:
  Naive(const Alarm::Setting& setting, Time since) : setting_(setting), since_(since) {}
  void take(Time second, const Cell& cell) {
    seconds_[second] = cell;
    const Time end = second + seconds(1);
    const auto above = [&](int ago) {
      const Time to = end - setting_.period * ago;
      Cell sum;
      for (const auto& [at, met] : seconds_)
        if (at < to && at >= to - setting_.period) sum.merge(met);
      if (sum.requests == 0) return false;
      const bool errors = setting_.metric == Alarm::Metric::errors;
      const auto all = static_cast<double>(errors ? sum.errors : sum.times.sum_ms());
      if (setting_.statistic == Alarm::Statistic::sum) return all > setting_.above;
      const auto of = static_cast<double>(errors ? setting_.period / seconds(1) : sum.requests);
      return all / of > setting_.above;
    };
    bool all = end - since_ >= setting_.period * setting_.evaluation_periods;
    for (int ago = 0; ago < setting_.evaluation_periods; ++ago) all = all && above(ago);
    firing = firing ? above(0) : all;
  }
  bool firing = false;

 private:
  Alarm::Setting setting_;
  Time since_;
  std::map<Time, Cell> seconds_;
};

TEST(Alarm, IsAsItIsDefinedWhateverUsersMeet) {
  int fired = 0, ceased = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    test::Draws draws(seed);
    const auto one_of = [&](int count) { return static_cast<int>(draws.share() * count); };
    Alarm::Setting setting;
    setting.metric = one_of(2) == 0 ? Alarm::Metric::errors : Alarm::Metric::latency;
    setting.statistic = one_of(2) == 0 ? Alarm::Statistic::sum : Alarm::Statistic::average;
    setting.period = seconds(1 + one_of(12));
    setting.evaluation_periods = 1 + one_of(4);
    const bool sum = setting.statistic == Alarm::Statistic::sum;
    setting.above =
        setting.metric == Alarm::Metric::errors ? one_of(sum ? 20 : 3) : one_of(sum ? 2'000 : 120);
    Alarm alarm(setting, start, State::quiet);
    Naive naive(setting, start);
    for (std::int64_t second = 0; second < 150; second += one_of(10) == 0 ? 1 + one_of(30) : 1) {
      const bool bad = second / 20 % 2 == 1;
      const int requests = one_of(4);
      const Cell cell = met(requests, bad ? requests : 0, Duration(bad ? 50 + one_of(200) : one_of(50)));
      const bool before = naive.firing;
      alarm.take(at(second), cell);
      naive.take(at(second), cell);
      ASSERT_EQ(alarm.state() == State::firing, naive.firing) << "seed " << seed << ", second " << second;
      fired += !before && naive.firing ? 1 : 0;
      ceased += before && !naive.firing ? 1 : 0;
    }
  }
  EXPECT_GT(fired, 100);
  EXPECT_GT(ceased, 100);
}

}  // namespace
}  // namespace slipway::judge
