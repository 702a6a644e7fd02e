#include "judge/hearing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "judge/stream.h"
#include "judge/traffic.h"
#include "judge/triggers.h"
#include "judge/verdict.h"

namespace slipway::judge {
namespace {

using Moment = Trial::Moment;
using Users = Hearing::Users;
using testing::HasSubstr;

Trial::Plan plan_of_25_minutes() {
  return {.settings = {}, .triggers = {errors_above_5_percent}, .horizon = std::chrono::minutes(25)};
}

// A canary with one instance beside stable with four, at 25 % of 80 requests a second.
class InAHearing : public testing::Test {
 protected:
  InAHearing() {
    sight.canary = {.experience = &canary, .instances = {{1, start - seconds(3600)}}};
    sight.stable = {.experience = &stable, .instances = {}};
    for (int i = 1; i <= 4; ++i) sight.stable.instances.push_back({i, start - seconds(3600)});
    sight.one_in = 1;
  }

  // Of `requests` at an instance in this second: each stands for `weight`.
  void meet(Experience& arm, int instance, int requests, const Manner& manner, int weight = 1) {
    Cell cell;
    for (int i = 0; i < requests; ++i) {
      const double u = draws.share();
      const double ms = manner.median_ms * std::pow(u / (1 - u), 0.3);
      const bool fails = draws.share() < manner.errors;
      ++cell.recorded;
      cell.requests += weight;
      cell.errors += fails ? weight : 0;
      cell.times.add(Duration(static_cast<std::int64_t>(ms)), weight);
    }
    arm.add(now, instance, cell);
  }
  void second(int of_canary, int of_each_stable) {
    if (of_canary > 0) meet(canary, 1, of_canary, of_the_canary);
    for (int i = 1; i <= 4; ++i) meet(stable, i, of_each_stable, of_stable, stable_weight);
    take();
  }
  void take() {
    sight.second = now;
    hearing.take(sight);
    now += seconds(1);
  }
  void before(int count) {
    sight.users = Users::none;
    sight.weight = 0;
    for (int i = 0; i < count; ++i) second(0, 20);
  }
  void at_a_quarter(int count) {
    if (sight.users == Users::none) sight.step = now;
    sight.users = Users::some;
    sight.weight = 0.25;
    for (int i = 0; i < count && hearing.trial().alarm() == Cause::none; ++i) second(20, 15);
  }
  Evidence at_the_end() {
    return hearing.judge(Moment::hold_is_over, {{errors_above_5_percent}, start, sight.step}, canary, stable,
                         now);
  }

  Draws draws{7};
  Manner of_the_canary, of_stable;
  int stable_weight = 1;
  Experience canary, stable;
  Time now = start;
  Hearing::Sight sight;
  Hearing hearing{3, plan_of_25_minutes()};
};

TEST_F(InAHearing, AGoodCanaryIsHealthyAtTheEndOfItsHold) {
  before(60);
  at_a_quarter(120);
  EXPECT_EQ(at_the_end().kind, VerdictKind::healthy) << sentence(at_the_end());
}

TEST_F(InAHearing, ACanaryThatFailsMoreOftenThanStableIsFoundOut) {
  before(60);
  of_the_canary.errors = 0.1;
  at_a_quarter(120);
  const Evidence evidence = at_the_end();
  EXPECT_EQ(evidence.kind, VerdictKind::unhealthy);
  EXPECT_EQ(evidence.leading, Metric::errors);
}

TEST_F(InAHearing, ACanaryThatIsSlowIsFoundOutFromItsFirstSecondsByWhatWasNormalBefore) {
  before(60);
  of_the_canary.median_ms = 160;
  at_a_quarter(25);
  EXPECT_EQ(hearing.trial().alarm(), Cause::relative);
}

TEST_F(InAHearing, AnInstanceIsColdWhileItIsYoung) {
  before(60);
  sight.canary.instances = {{1, now}};
  of_the_canary.median_ms = 160;
  at_a_quarter(29);
  EXPECT_EQ(hearing.trial().alarm(), Cause::none);
  at_a_quarter(25);
  EXPECT_EQ(hearing.trial().alarm(), Cause::relative);
}

TEST_F(InAHearing, AReleaseIsComparedWithWhatStableWasOnceItIsPromoted) {
  before(60);
  at_a_quarter(60);
  sight.users = Users::all;
  sight.weight = 1;
  sight.step = now;
  of_the_canary.median_ms = 240;
  for (int i = 0; i < 60 && hearing.trial().alarm() == Cause::none; ++i) {
    meet(canary, 1, 80, of_the_canary);
    take();
  }
  EXPECT_EQ(hearing.trial().alarm(), Cause::relative);
}

TEST_F(InAHearing, StableOfWhichOneInTenIsRecordedHasTenTimesItsRecords) {
  stable_weight = 10;
  sight.one_in = 10;
  sight.weight = 0.25;
  sight.users = Users::some;
  sight.step = now;
  for (int i = 0; i < 120; ++i) second(40, 3);
  EXPECT_EQ(hearing.trial().alarm(), Cause::none);
  const Evidence evidence = at_the_end();
  EXPECT_EQ(evidence.kind, VerdictKind::healthy) << sentence(evidence);
}

TEST_F(InAHearing, RecordsThatStandForMoreThanTheProxyWasToldAreNotCompared) {
  stable_weight = 10;
  at_a_quarter(120);
  EXPECT_EQ(hearing.trial().alarm(), Cause::none);
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
  EXPECT_THAT(sentence(at_the_end()), HasSubstr("it isn't known what share"));
}

TEST_F(InAHearing, RecordsThatAreLostMakeItsSecondsSayLess) {
  sight.lost = true;
  at_a_quarter(120);
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
}

TEST_F(InAHearing, RequestsThatHangAreSlowBeforeTheyEnd) {
  before(60);
  sight.users = Users::some;
  sight.weight = 0.25;
  sight.step = now;
  for (int i = 0; i < 60 && hearing.trial().alarm() == Cause::none; ++i) {
    for (int instance = 1; instance <= 4; ++instance) meet(stable, instance, 15, of_stable);
    std::vector<Histogram::Bucket>& ages = sight.canary.in_flight[1];
    ages.clear();
    for (int age = 0; age <= i; ++age) ages.push_back({Histogram::index_of(seconds(age)), 20});
    take();
  }
  EXPECT_EQ(hearing.trial().alarm(), Cause::relative);
  EXPECT_EQ(at_the_end().kind, VerdictKind::unhealthy);
}

TEST_F(InAHearing, ACanaryThatGetsNothingIsHeldAndNotHealthy) {
  before(60);
  sight.users = Users::some;
  sight.weight = 0.25;
  sight.step = now;
  for (int i = 0; i < 30; ++i) second(0, 20);
  EXPECT_EQ(at_the_end().cause, Cause::no_traffic);
  EXPECT_EQ(at_the_end().kind, VerdictKind::held);
}

TEST_F(InAHearing, OneClientWhoTriesAgainAndAgainBetsOnce) {
  before(60);
  sight.users = Users::some;
  sight.weight = 0.25;
  sight.step = now;
  for (int i = 0; i < 60; ++i) {
    // One session in the canary makes all of the errors; the others are as stable's are.
    Cell cell;
    cell.recorded = cell.requests = 40;
    cell.errors = 20;
    cell.times.add(Duration(80), 40);
    Betting betting{.requests = 10, .errors = i == 0 ? 1 : 0, .sessions = 10, .times = {}, .newest = now};
    betting.times.add(Duration(80), 10);
    cell.betting = {{Routed{2'500, 1}, betting}};
    canary.add(now, 1, cell);
    for (int instance = 1; instance <= 3; ++instance) {
      cell.errors = 0;
      cell.betting->begin()->second.errors = 0;
      stable.add(now, instance, cell);
    }
    take();
  }
  EXPECT_EQ(hearing.trial().log_evidence() < std::log(100), true);
  EXPECT_NE(hearing.trial().alarm(), Cause::relative);
}

TEST_F(InAHearing, NothingIsTakenTwice) {
  before(60);
  at_a_quarter(30);
  const Json once = hearing.checkpoint();
  now -= seconds(1);
  take();
  EXPECT_EQ(hearing.checkpoint(), once);
}

TEST_F(InAHearing, WhileUsersAreBackOnStableForWantOfALeaseNothingIsLearned) {
  before(60);
  at_a_quarter(30);
  const Json trial = hearing.trial().checkpoint();
  sight.users = Users::none;
  second(0, 20);
  EXPECT_EQ(hearing.trial().checkpoint(), trial);
}

TEST_F(InAHearing, GoesOnBitForBitAfterADaemonThatDied) {
  before(60);
  of_the_canary.errors = 0.03;
  at_a_quarter(20);
  auto restored = Hearing::restore(3, plan_of_25_minutes(), parse_json(hearing.checkpoint().dump()).value());
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->checkpoint(), hearing.checkpoint());
  for (int i = 0; i < 20; ++i) {
    second(20, 15);
    restored->take(sight);
    ASSERT_EQ(restored->checkpoint(), hearing.checkpoint()) << i;
  }
}

TEST_F(InAHearing, ACheckpointOfAnotherDeploymentOrPlanIsNotTaken) {
  at_a_quarter(5);
  const Json checkpoint = hearing.checkpoint();
  EXPECT_FALSE(Hearing::restore(4, plan_of_25_minutes(), checkpoint));
  Trial::Plan other = plan_of_25_minutes();
  other.settings.strict = true;
  EXPECT_FALSE(Hearing::restore(3, other, checkpoint));
  EXPECT_FALSE(Hearing::restore(3, plan_of_25_minutes(), Json::object()));
}

TEST_F(InAHearing, AReleaseThatAllUsersMoveToAtOnceIsWatchedByItsLimitsAlone) {
  Trial::Plan plan = plan_of_25_minutes();
  plan.compares = false;
  hearing = Hearing(3, plan);
  before(60);
  sight.users = Users::all;
  sight.weight = 1;
  sight.step = now;
  of_the_canary.median_ms = 400;
  for (int i = 0; i < 60; ++i) {
    meet(canary, 1, 80, of_the_canary);
    take();
  }
  EXPECT_EQ(hearing.trial().alarm(), Cause::none);
  EXPECT_EQ(at_the_end().kind, VerdictKind::healthy) << sentence(at_the_end());
  of_the_canary.errors = 0.2;
  for (int i = 0; i < 240 && hearing.trial().alarm() == Cause::none; ++i) {
    meet(canary, 1, 80, of_the_canary);
    take();
  }
  EXPECT_EQ(hearing.trial().alarm(), Cause::trigger);
}

}  // namespace
}  // namespace slipway::judge
