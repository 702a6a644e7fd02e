#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"
#include "server/api/view.h"
#include "server/api/waits.h"

namespace slipway::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A canary at its first hold.
class Holding : public testing::Test {
 protected:
  Holding() {
    world.deploy("1.0.0", digest_one);
    world.settle();
    world.deploy_canary("1.1.0", digest_two);
    world.reach(core::Stage::Kind::hold);
  }
  Json view() { return json_of(world.ask("GET", production)); }
  ApiWorld world;
};

TEST_F(Holding, IsPausedResumedAndPromotedByPeople) {
  const Response paused = world.ask("POST", production + "/pause", "{\"reason\":\"lunch\"}");
  EXPECT_EQ(paused.status, 202);
  EXPECT_EQ(json_of(paused)["deployment"], 2);
  const Json now_paused = view()["deployment"];
  EXPECT_EQ(now_paused["paused"], (Json{{"since", world.clock.time}, {"by", "alice"}, {"reason", "lunch"}}));
  EXPECT_TRUE(now_paused["ends"].is_null());
  EXPECT_THAT(now_paused["waits_for"].get<std::string>(),
              StartsWith("somebody to resume it: slipway resume production; paused by alice since"));
  EXPECT_EQ(world.ask("POST", production + "/resume").status, 202);
  EXPECT_TRUE(view()["deployment"]["paused"].is_null());
  const Response promoted = world.ask("POST", production + "/promote");
  EXPECT_EQ(json_of(promoted)["message"], "1.1.0 goes to all users");
  world.reach(core::Stage::Kind::bake);
  EXPECT_EQ(view()["deployment"]["step"], (Json{{"number", 3}, {"of", 3}}));
}

TEST_F(Holding, ShowsItsStepAndItsExpectedEnd) {
  const Json deployment = view()["deployment"];
  EXPECT_EQ(deployment["step"], (Json{{"number", 1}, {"of", 3}}));
  EXPECT_EQ(deployment["ends"], Json(world.clock.time + Duration(1'800'000)));
  world.clock.time += Duration(60'000);
  EXPECT_EQ(view()["deployment"]["ends"], deployment["ends"]);
}

TEST_F(Holding, ShowsTheJudgesNewestReason) {
  EXPECT_TRUE(view()["deployment"]["verdict"].is_null());
  world.users.says.verdict = judge::Verdict{judge::Verdict::Kind::healthy, "errors 0.1 %", {}};
  EXPECT_TRUE(view()["deployment"]["verdict"].is_null()) << "the deployment doesn't go by it yet";
  world.runner.deliver({"shop", "production"},
                       core::VerdictChanged{2, {judge::Verdict::Kind::healthy, "errors 0 %", {}}});
  EXPECT_EQ(view()["deployment"]["verdict"],
            (Json{{"kind", "healthy"}, {"reason", "errors 0.1 %"}, {"evidence", nullptr}}));
}

judge::Evidence evidence_of(judge::VerdictKind kind) {
  judge::Evidence evidence{.kind = kind, .cause = judge::Cause::relative, .evidence = 240, .requests = 214};
  evidence.errors = 11;
  evidence.seen = Duration(41'000);
  evidence.comparisons.push_back({.evidence = 250,
                                  .canary = {.value = 0.051, .lowest = 0.02, .highest = 0.1},
                                  .stable = {.value = 0.0048, .lowest = 0.004, .highest = 0.006},
                                  .ratio = {.value = 10.6, .lowest = 4.2, .highest = 21}});
  evidence.limits.push_back({.trigger = {}, .within = 31, .requests = 214});
  return evidence;
}

TEST_F(Holding, ShowsWhatTheNewestVerdictStandsOn) {
  const judge::Verdict undecided = judge::verdict(evidence_of(judge::VerdictKind::undecided));
  world.runner.deliver({"shop", "production"}, core::VerdictChanged{2, undecided});
  judge::Verdict newest = undecided;
  newest.evidence->requests = 300;
  world.users.says.verdict = newest;
  const Json evidence = view()["deployment"]["verdict"]["evidence"];
  EXPECT_EQ(evidence["requests"], 300);
  EXPECT_EQ(evidence["evidence"], 240.0);
  EXPECT_EQ(evidence["limit"], 100.0);
  EXPECT_EQ(evidence["confidence"], 0.99);
  EXPECT_EQ(evidence["errors"], 11);
  EXPECT_EQ(evidence["seen"], 41'000);
  EXPECT_EQ(evidence["leading"], "errors");
  EXPECT_EQ(evidence["cause"], "relative");
  EXPECT_EQ(evidence["comparisons"][0]["ratio"], (Json{{"value", 10.6}, {"lowest", 4.2}, {"highest", 21.0}}));
  EXPECT_EQ(evidence["limits"][0]["within"], 31.0);
}

TEST_F(Holding, KeepsInTheHistoryWhyTheJudgeEndedIt) {
  world.runner.deliver({"shop", "production"},
                       core::VerdictChanged{2, judge::verdict(evidence_of(judge::VerdictKind::unhealthy))});
  world.settle();
  const Json record = json_of(world.ask("GET", production + "/deployments/2"));
  EXPECT_EQ(record["evidence"], Json(evidence_of(judge::VerdictKind::unhealthy)));
  const Json list = json_of(world.ask("GET", production + "/deployments"))["deployments"];
  EXPECT_EQ(list[0]["evidence"], record["evidence"]);
  EXPECT_TRUE(list[1]["evidence"].is_null()) << "it went well";
}

TEST_F(Holding, SaysWhatAHoldBeyondItsEndWaitsFor) {
  world.runner.deliver({"shop", "production"},
                       core::VerdictChanged{2, {judge::Verdict::Kind::undecided, "3 requests", {}}});
  world.clock.time += Duration(360'000);
  EXPECT_EQ(view()["deployment"]["waits_for"],
            "a healthy verdict at 5 % of users; it is undecided: 3 requests; 4 min left");
}

TEST_F(Holding, ShowsUsersTelemetryLeaseAndPreview) {
  Impression& says = world.users.says;
  says.stable = Arm{.requests_per_second = 50, .requests = 3'000, .errors = 0.25, .mean_ms = 12.5};
  says.stable->p99 = Duration(40);
  says.stable->seconds.push_back({world.clock.time, 50, 2, Duration(41)});
  says.canary = Arm{};
  says.received = 10;
  says.lost = 1;
  says.one_in = 5;
  says.counted = 7;
  says.recorded = 6;
  world.lease_left = Duration(9'000);
  const Json seen = view();
  EXPECT_EQ(seen["users"]["stable"]["requests_per_second"], 50.0);
  EXPECT_EQ(seen["users"]["stable"]["errors"], 0.25);
  EXPECT_EQ(seen["users"]["stable"]["mean_ms"], 12.5);
  EXPECT_EQ(seen["users"]["stable"]["p99_ms"], 40);
  EXPECT_TRUE(seen["users"]["stable"]["p50_ms"].is_null());
  EXPECT_EQ(seen["users"]["stable"]["seconds"][0],
            (Json{{"time", world.clock.time}, {"requests", 50}, {"errors", 2}, {"p99_ms", 41}}));
  EXPECT_TRUE(seen["users"]["canary"]["errors"].is_null());
  EXPECT_TRUE(seen["users"]["previous"].is_null());
  EXPECT_EQ(seen["users"]["stable"]["in_flight"], 3) << "of the pool a";
  EXPECT_EQ(seen["users"]["canary"]["in_flight"], 5);
  EXPECT_EQ(seen["telemetry"], (Json{{"received", 10},
                                     {"lost", 1},
                                     {"forged", 0},
                                     {"malformed", 0},
                                     {"one_in", 5},
                                     {"counted", 7},
                                     {"recorded", 6}}));
  EXPECT_EQ(seen["weight"], (Json{{"set", 5}, {"actual", 100}, {"lease_ms", 9'000}}));
  EXPECT_EQ(seen["preview"], (Json{{"address", ""}, {"header", "X-Slipway-Preview: f00d"}}));
}

TEST(RecordJson, TellsHowLongDetectingAndRestoringTook) {
  core::DeploymentRecord record;
  record.started = Time(Duration(1'000));
  record.first_bad = Time(Duration(5'000));
  record.decided = Time(Duration(9'000));
  record.last_request = Time(Duration(9'040));
  const Json json = record_json(record);
  EXPECT_EQ(json["first_bad"], 5'000);
  EXPECT_EQ(json["decided"], 9'000);
  EXPECT_EQ(json["last_request"], 9'040);
  EXPECT_EQ(json["detect_ms"], 4'000);
  EXPECT_EQ(json["restore_ms"], 40);
}

TEST(RecordJson, ShowsNoLastRequestOfUsersBeforeIt) {
  core::DeploymentRecord record;
  record.started = Time(Duration(10'000));
  record.decided = Time(Duration(11'000));
  record.last_request = Time(Duration(9'000));
  const Json json = record_json(record);
  EXPECT_TRUE(json["last_request"].is_null());
  EXPECT_TRUE(json["restore_ms"].is_null());
  EXPECT_TRUE(json["detect_ms"].is_null());
}

}  // namespace
}  // namespace slipway::server
