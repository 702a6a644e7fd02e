#include "judge/trial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/json.h"
#include "judge/stream.h"
#include "judge/traffic.h"
#include "judge/triggers.h"

namespace slipway::judge {
namespace {

using Kind = Verdict::Kind;
using Moment = Trial::Moment;
using std::chrono::minutes;

Trial::Plan plan_with(std::vector<Trigger> triggers) {
  return {Settings{}, std::move(triggers), minutes(25)};
}

class Judging : public testing::Test {
 protected:
  explicit Judging(std::uint64_t seed = 1) : stream(seed) {
    stream.weight = 0.25;
    stream.requests = 60;
    stream.canary_instances = 5;
    stream.stable_instances = 15;
    const Part warm = stream.warm(300);
    const InstanceSecond before = warm.view();
    Second second;
    second.stable.instances = {&before, 1};
    trial.remember(second);
  }
  void run(std::int64_t seconds) {
    stream.run(at, at + seconds, [&](const Second& second) { trial.take(second); });
    at += seconds;
  }
  // Until something ends the canary.
  void run_until_alarm(std::int64_t most) {
    for (std::int64_t i = 0; i < most && trial.alarm() == Cause::none; ++i) run(1);
  }
  void run(std::int64_t seconds, const std::function<void(Second&)>& change) {
    stream.run(at, at + seconds, [&](Second& second) {
      change(second);
      trial.take(second);
    });
    at += seconds;
  }
  Evidence at_the_end() { return trial.judge(Moment::hold_is_over); }

  Stream stream;
  Trial trial{plan_with({errors_above_5_percent, p99_above_a_second})};
  std::int64_t at = 0;
};

TEST_F(Judging, CallsAGoodCanaryHealthyAtTheEndOfItsHold) {
  run(300);
  EXPECT_EQ(trial.alarm(), Cause::none);
  const Evidence evidence = at_the_end();
  EXPECT_EQ(evidence.kind, Kind::healthy);
  EXPECT_LT(evidence.evidence, 10);
  ASSERT_EQ(evidence.limits.size(), 2U);
  for (const Limit& limit : evidence.limits) EXPECT_GE(limit.within, 20);
}

TEST_F(Judging, SaysNothingOnTheWayUntilACanaryIsAcceptedEarly) {
  run(20);
  EXPECT_EQ(trial.judge(Moment::on_the_way).kind, Kind::undecided);
  EXPECT_EQ(trial.judge(Moment::on_the_way).cause, Cause::none);
  for (int i = 0; i < 1200 && !trial.accepted(); ++i) run(1);
  EXPECT_EQ(trial.judge(Moment::on_the_way).cause, Cause::accepted);
  EXPECT_EQ(trial.judge(Moment::on_the_way).kind, Kind::healthy);
}

TEST_F(Judging, SendsUsersBackFromErrorsThatAreWorseThanStables) {
  run(60);
  stream.canary.errors = 0.1;
  run_until_alarm(60);
  const Evidence evidence = trial.judge(Moment::on_the_way);
  EXPECT_EQ(evidence.kind, Kind::unhealthy);
  EXPECT_EQ(evidence.leading, Metric::errors);
  ASSERT_TRUE(evidence.first_bad);
  EXPECT_GE(*evidence.first_bad, start + seconds(50));
}

TEST_F(Judging, StaysWithWhatItSaidWhenTheCanaryGetsBetter) {
  stream.canary.errors = 0.3;
  run_until_alarm(60);
  const Cause cause = trial.alarm();
  ASSERT_NE(cause, Cause::none);
  stream.canary.errors = 0;
  run(600);
  EXPECT_EQ(trial.alarm(), cause);
}

TEST_F(Judging, SendsUsersBackWithinSecondsWhereAllFails) {
  stream.canary.errors = 1;
  run_until_alarm(60);
  EXPECT_EQ(trial.alarm(), Cause::fast_path);
  EXPECT_LE(at, 3);
}

TEST_F(Judging, TakesOneSessionThatFailsAgainAndAgainForOne) {
  run(60);
  stream.run(at, at + 30, [&](Second& second) {
    auto canary = std::vector(second.canary.instances.begin(), second.canary.instances.end());
    auto stable = std::vector(second.stable.instances.begin(), second.stable.instances.end());
    for (auto* arm : {&canary, &stable})
      for (InstanceSecond& each : *arm) each.betting = each.all;
    canary[0].all.requests += 30;
    canary[0].all.errors += 30;
    second.canary.instances = canary;
    second.stable.instances = stable;
    trial.take(second);
  });
  EXPECT_NE(trial.alarm(), Cause::fast_path);
  EXPECT_NE(trial.alarm(), Cause::relative);
}

TEST_F(Judging, SendsUsersBackFromALimitThatTheCanaryAloneIsBeyond) {
  Settings settings;
  settings.weights = {0, 1, 0, 0, 0, 0, 0};  // so that errors aren't compared
  trial = Trial({settings, {errors_above_5_percent}, minutes(25)});
  stream.canary.errors = 0.25;
  run_until_alarm(100);
  EXPECT_EQ(trial.alarm(), Cause::trigger);
  const Evidence evidence = trial.judge(Moment::on_the_way);
  EXPECT_EQ(evidence.kind, Kind::unhealthy);
  EXPECT_GE(evidence.limits[0].beyond, 100);
  EXPECT_TRUE(evidence.first_bad);
}

TEST_F(Judging, HoldsWhereStableIsBeyondTheSameLimitAndGoesOnAfterwards) {
  run(60);
  stream.canary.errors = stream.stable.errors = 0.4;
  run(60);
  EXPECT_EQ(trial.alarm(), Cause::environment);
  EXPECT_EQ(trial.judge(Moment::on_the_way).kind, Kind::held);
  stream.canary.errors = stream.stable.errors = 0.005;
  run(300);
  EXPECT_EQ(trial.alarm(), Cause::none);
}

TEST_F(Judging, HoldsWhereEverythingFailsInBothArmsAndGoesOnAfterwards) {
  run(60);
  stream.canary.errors = stream.stable.errors = 1;
  run(60);
  EXPECT_EQ(trial.alarm(), Cause::environment);
  stream.canary.errors = stream.stable.errors = 0.005;
  run(300);
  EXPECT_EQ(trial.alarm(), Cause::none);
}

TEST_F(Judging, HoldsWhereNoRequestComesToTheCanary) {
  run(30);
  run(20, [](Second& second) { second.canary.instances = {}; });
  EXPECT_EQ(trial.alarm(), Cause::no_traffic);
  EXPECT_EQ(at_the_end().kind, Kind::held);
  EXPECT_NE(sentence(at_the_end()).find("the canary got no request"), std::string::npos);
  run(5);
  EXPECT_EQ(trial.alarm(), Cause::none);
}

TEST_F(Judging, HoldsWhereTheRouterSendsFarFewerThanItShould) {
  stream.weight = 0.02;
  run(60, [](Second& second) { second.weight = 0.5; });
  EXPECT_EQ(trial.alarm(), Cause::sample_ratio);
  EXPECT_EQ(at_the_end().kind, Kind::held);
}

TEST_F(Judging, IsUndecidedWhileALimitIsNotRuledOut) {
  run(4);
  EXPECT_EQ(at_the_end().kind, Kind::undecided);
  EXPECT_EQ(at_the_end().cause, Cause::not_ruled_out);
}

TEST_F(Judging, IsUndecidedWhereSecondsAreMissing) {
  run(60);
  at += 60;
  run(60);
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
  EXPECT_EQ(at_the_end().kind, Kind::undecided);
  EXPECT_EQ(sentence(at_the_end()), "60 of 180 s are missing");
  trial.begin_step();
  run(60);
  EXPECT_EQ(at_the_end().kind, Kind::healthy);
}

TEST_F(Judging, IsUndecidedWhereTheClockWasSetBack) {
  run(200);
  at -= 100;
  run(60);
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
}

TEST_F(Judging, TakesNoSecondTwice) {
  run(100);
  const double evidence = trial.log_evidence();
  at -= 1;
  stream.canary.errors = 1;
  run(1);
  EXPECT_EQ(trial.log_evidence(), evidence);
}

TEST_F(Judging, IsUndecidedWhereTheWeightIsNotKnownForLong) {
  run(60, [](Second& second) { second.weight.reset(); });
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
}

TEST_F(Judging, TakesAWeightThatChangesWithinASecondForNothing) {
  run(100);
  run(1, [](Second& second) { second.weight.reset(); });
  run(100);
  EXPECT_EQ(at_the_end().kind, Kind::healthy);
}

TEST_F(Judging, IsUndecidedWhereAnInstanceIsNotHeardOfAnyMore) {
  run(60);
  run(100, [](Second& second) { second.canary.instances = second.canary.instances.first(3); });
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
  EXPECT_EQ(sentence(at_the_end()), "2 of 5 instances get no request any more");
}

TEST_F(Judging, IsUndecidedWhereTimesAreBeyondAllThatIsToldApart) {
  const Histogram::Bucket endless{Histogram::most_buckets - 1, 12};
  stream.run(at, at + 60, [&](Second& second) {
    auto parts = std::vector(second.canary.instances.begin(), second.canary.instances.end());
    for (InstanceSecond& each : parts) each.all = {12, 0, {&endless, 1}};
    second.canary.instances = parts;
    trial.take(second);
  });
  EXPECT_NE(at_the_end().kind, Kind::healthy);
}

TEST_F(Judging, IsUndecidedWhereCountsCannotBe) {
  run(100);
  stream.run(at, at + 1, [&](Second& second) {
    auto parts = std::vector(second.canary.instances.begin(), second.canary.instances.end());
    parts[0].all.errors = parts[0].all.requests + 1;
    second.canary.instances = parts;
    trial.take(second);
  });
  at += 1;
  run(100);
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
}

TEST_F(Judging, IsUndecidedWhereNoRequestCameToEitherArm) {
  run(60, [](Second& second) { second.canary.instances = second.stable.instances = {}; });
  EXPECT_EQ(at_the_end().kind, Kind::undecided);
  EXPECT_EQ(at_the_end().cause, Cause::bad_data);
}

TEST_F(Judging, SendsUsersBackFromAReleaseThatGetsWorseAfterItsPromotion) {
  run(120);
  trial.promote();
  stream.weight = 1;
  run(60);
  EXPECT_EQ(trial.alarm(), Cause::none);
  EXPECT_EQ(at_the_end().kind, Kind::healthy);
  stream.canary.median_ms = 150;
  run_until_alarm(120);
  EXPECT_EQ(trial.alarm(), Cause::relative);
}

TEST_F(Judging, GoesOnBitForBitFromACheckpoint) {
  for (const std::int64_t seconds : {7, 60, 133}) {
    run(seconds);
    const Json checkpoint = *parse_json(trial.checkpoint().dump());
    Result<Trial> restored =
        Trial::restore(plan_with({errors_above_5_percent, p99_above_a_second}), checkpoint);
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->checkpoint(), trial.checkpoint());
    stream.run(at, at + 45, [&](const Second& second) {
      trial.take(second);
      restored->take(second);
      ASSERT_EQ(restored->log_evidence(), trial.log_evidence());
      ASSERT_EQ(restored->log_acceptance(), trial.log_acceptance());
    });
    at += 45;
    EXPECT_EQ(restored->checkpoint(), trial.checkpoint());
    EXPECT_EQ(restored->judge(Moment::hold_is_over), trial.judge(Moment::hold_is_over));
  }
  trial.promote();
  run(5);
  const Json promoted = *parse_json(trial.checkpoint().dump());
  Result<Trial> restored = Trial::restore(plan_with({errors_above_5_percent, p99_above_a_second}), promoted);
  ASSERT_TRUE(restored);
  stream.run(at, at + 20, [&](const Second& second) {
    trial.take(second);
    restored->take(second);
    ASSERT_EQ(restored->log_evidence(), trial.log_evidence());
  });
}

TEST_F(Judging, RefusesACheckpointOfAnotherPlanOrNone) {
  run(10);
  const Json checkpoint = trial.checkpoint();
  EXPECT_EQ(Trial::restore(plan_with({}), checkpoint).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(Trial::restore(plan_with({}), Json::object()).error().kind, ErrorKind::invalid_input);
  Json broken = checkpoint;
  broken["relative"].erase("wealth");
  EXPECT_EQ(Trial::restore(plan_with({errors_above_5_percent, p99_above_a_second}), broken).error().kind,
            ErrorKind::invalid_input);
}

TEST_F(Judging, LooksOnlyAtTheTriggersAsWrittenWhereThatIsAskedFor) {
  Settings settings;
  settings.literal = true;
  trial = Trial({settings, {errors_above_5_percent}, minutes(25)});
  stream.canary.errors = 1;
  run(30);
  EXPECT_EQ(trial.alarm(), Cause::none);
  Experience canary, stable;
  ask_each_second(canary, 0, 600, 43, 9);
  ask_each_second(stable, 0, 600, 1000, 3);
  const Question question{{errors_above_5_percent}, start, start};
  const Evidence late = trial.judge(Moment::on_the_way, question, canary, stable, start + seconds(600));
  EXPECT_EQ(late.kind, Kind::unhealthy);
  EXPECT_EQ(sentence(late), "errors 20.9 % over 5 min, limit 5 % (12,900 requests)");
  const Evidence soon = trial.judge(Moment::on_the_way, question, canary, stable, start + seconds(100));
  EXPECT_NE(soon.kind, Kind::unhealthy);
}

TEST_F(Judging, TakesTheLiteralWindowForTheLatestMoment) {
  run(60);
  Experience canary, stable;
  ask_each_second(canary, 0, 600, 43, 9);
  ask_each_second(stable, 0, 600, 1000, 3);
  const Question question{{errors_above_5_percent}, start, start};
  const Evidence evidence = trial.judge(Moment::on_the_way, question, canary, stable, start + seconds(600));
  EXPECT_EQ(evidence.kind, Kind::unhealthy);
  EXPECT_EQ(evidence.cause, Cause::trigger);
}

TEST_F(Judging, AsksTheInstancesForTheirHealth) {
  run(300);
  Experience canary, stable;
  observe_each_second(canary, 0, 300, 1, 4);
  observe_each_second(stable, 0, 300, 4, 4);
  const Question question{
      {{Trigger::Metric::health_check, Trigger::Statistic::mean, 500'000, minutes(10)}}, start, start};
  EXPECT_EQ(trial.judge(Moment::hold_is_over, question, canary, stable, start + seconds(300)).kind,
            Kind::undecided);
}

}  // namespace
}  // namespace slipway::judge
