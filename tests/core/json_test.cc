#include "core/json.h"

#include <gtest/gtest.h>

namespace slipway::core {
namespace {

Bound full_bound() {
  Bound bound;
  bound.listen = "127.0.0.1:8080";
  bound.run.command = {"./shop", "--port", "${PORT}"};
  bound.run.env = {{"NODE_ENV", "production"},
                   {"KEY", SecretRef{SecretRef::Source::command, "", {"pass", "show", "key"}}}};
  bound.run.health.expect.status = 200;
  bound.run.health.expect.json = {{"status", std::make_optional<Json>("healthy")},
                                  {"ready", std::nullopt},
                                  {"none", std::make_optional<Json>(nullptr)}};
  bound.run.health.expect.headers = {{"cache-control", std::nullopt}, {"x-a", "b"}};
  bound.preview = "127.0.0.1:9080";
  bound.sticky.cookie = "sid";
  bound.strategy.steps = {{5, Duration{300'000}, true}, {100, Duration{0}}};
  bound.strategy.judge.alpha = 0.05;
  bound.strategy.judge.tolerance.latency_ratio = 1.2;
  bound.strategy.judge.weights = {.75, 0, 0, 0, .25, 0, 0};
  bound.strategy.judge.accept.p99 = 2;
  bound.strategy.judge.minimum_bake = Duration{60'000};
  bound.strategy.undecided = Undecided::roll_back;
  bound.rollback_triggers = {
      {judge::Trigger::Metric::response_time, judge::Trigger::Statistic::p99, 2000, Duration{300'000}},
      {.metric = judge::Trigger::Metric::health_check, .threshold = 500'000}};
  bound.smoke_tests = {{.name = "API", .get = "/api"},
                       {.name = "own", .command = {"npm", "test"}, .when = SmokeTest::When::promoted}};
  return bound;
}

template <class T>
void expect_same_after_writing_and_reading(const T& value) {
  const Json json = value;
  EXPECT_EQ(Json::parse(json.dump()).get<T>(), value) << json.dump(1);
}

void expect_same_event(const Event& event) {
  const auto read = event_from_json(Json::parse(event_to_json(event).dump()));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, event);
}

TEST(CoreJson, EveryEventIsReadAsItWasWritten) {
  const EffectId id{{"shop", "production"}, 7, 1};
  expect_same_event(
      DeployRequested{{.release = {2, "1.0.0", "d"}, .bound = full_bound(), .by = "alice"}, true});
  expect_same_event(RollbackRequested{"bob", "slow", 3, Request{.kind = Request::Kind::rollback}, true});
  expect_same_event(AbortRequested{"bob", "why"});
  expect_same_event(PromoteRequested{"bob", "why"});
  expect_same_event(PauseRequested{"bob", "why"});
  expect_same_event(ResumeRequested{"bob", "why"});
  expect_same_event(
      VerdictChanged{3, {judge::Verdict::Kind::unhealthy, "errors 20 %", Time{Duration{1'800'000'000'000}}}});
  expect_same_event(EffectEnded{id,
                                {.status = Outcome::Status::unavailable,
                                 .message = "later",
                                 .port = 1,
                                 .in_flight = 2,
                                 .last_request = Time{Duration{1'800'000'000'000}},
                                 .smoke = {{"t", "a", true, "d", Duration{5}}}}});
  expect_same_event(InstanceObserved{{1, 2}, Health::gone, "x", 4});
  expect_same_event(TimePassed{});
  expect_same_event(HostRebooted{"b"});
  expect_same_event(LeaseLapsed{Duration{20'000}});
  expect_same_event(WasAway{Duration{20'000}});
  expect_same_event(ClockJumped{Duration{-5}});
  expect_same_event(ListenersChanged{{"10.0.0.5:80"}});
}

TEST(CoreJson, EveryEffectIsReadAsItWasWritten) {
  const EffectId id{{"shop", "production"}, 7, 1};
  const Bound bound = full_bound();
  Routing routing{
      .listen = "127.0.0.1:80", .stable = Pool::a, .canary = Pool::b, .weight = 5, .salt = "s", .slots = 4};
  routing.b.servers = {{{2, 1}, 20'001}};
  routing.preview = "127.0.0.1:9080";
  routing.previewed = Pool::b;
  routing.sticky.header = "x-user";
  expect_same_after_writing_and_reading(
      Effect{id, StartInstance{{2, 1}, {1, "1", "d"}, bound.run.command, bound.run.env, Duration{30}}});
  expect_same_after_writing_and_reading(Effect{id, StopInstance{{2, 1}, Duration{30}}});
  expect_same_after_writing_and_reading(Effect{id, ApplyRouting{routing}});
  expect_same_after_writing_and_reading(Effect{id, AwaitDrained{Pool::b, Duration{9}}});
  expect_same_after_writing_and_reading(
      Effect{id, RunSmokeTests{{1, "1", "d"}, bound.smoke_tests, {"127.0.0.1:1"}}});
}

TEST(CoreJson, AWholeStateIsReadAsItWasWritten) {
  TargetState state;
  state.target = {"shop", "production"};
  const Time now{Duration{1'800'000'000'000}};
  Step first =
      step(state, DeployRequested{{.release = {1, "1.0.0", "d"}, .bound = full_bound(), .by = "a"}}, now);
  expect_same_after_writing_and_reading(first.state);
  Step second =
      step(first.state,
           EffectEnded{first.effects[0].id, {.status = Outcome::Status::unavailable, .message = "x"}}, now);
  second.state.queued = DeployRequested{};
  Deployment& deployment = *second.state.deployment;
  deployment.stuck = Stuck{now, "r"};
  deployment.paused = Paused{now, "bob", "lunch"};
  deployment.extended = deployment.go_on = true;
  deployment.verdict = judge::Verdict{judge::Verdict::Kind::held, "stable too", now};
  deployment.exposed = deployment.step = now;
  deployment.trail_before = {{1, "0.9.0", "d"}};
  deployment.record.first_bad = deployment.record.decided = deployment.record.last_request = now;
  second.state.traffic.applied = Routing{};
  expect_same_after_writing_and_reading(second.state);
}

TEST(CoreJson, KeysThatANewerSlipwayAddedKeepTheirDefaults) {
  const auto state = Json::parse(R"({"target":{"service":"shop","environment":"production"},"events":3})")
                         .get<TargetState>();
  EXPECT_EQ(state.events, 3);
  EXPECT_FALSE(state.stable.has_value());
}

TEST(CoreJson, AWordThatIsNotKnownIsNotTakenForAnother) {
  EXPECT_FALSE(event_from_json(Json::parse(R"({"kind":"moon landed"})")).has_value());
  Json health = event_to_json(InstanceObserved{{1, 1}, Health::healthy, "", 0});
  health["health"] = "splendid";
  EXPECT_FALSE(event_from_json(health).has_value());
}

}  // namespace
}  // namespace slipway::core
