#include "server/api/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"
#include "server/api/changes.h"

namespace slipway::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Json plan_of(ApiWorld& world, const Json& more = Json::object()) {
  Json body{{"version", "1.1.0"}, {"config", canary_config}};
  body.merge_patch(more);
  const Response response = world.ask("POST", production + "/plan", body.dump());
  EXPECT_EQ(response.status, 200) << response.body;
  return Json::parse(response.body);
}

Json known_stages(const Json& plan) {
  Json list = Json::array();
  for (const Json& stage : plan["stages"])
    if (!stage["duration_ms"].is_null())
      list.push_back({stage["kind"], stage["weight"], stage["from_ms"], stage["duration_ms"]});
  return list;
}

Json change_named(const Json& plan, const std::string& what) {
  for (const Json& change : plan["changes"])
    if (change["what"] == what) return {change["from"], change["to"]};
  return nullptr;
}

TEST(Plan, TellsWhatADeploymentOverAStableReleaseWillDo) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  const Json plan = plan_of(world, {{"digest", digest_two}});
  const Json first{{"version", "1.0.0"}, {"digest", digest_one}, {"revision", 1}};
  EXPECT_EQ(plan["target"], (Json{{"service", "shop"}, {"environment", "production"}}));
  EXPECT_EQ(plan["release"], (Json{{"version", "1.1.0"}, {"digest", digest_two}, {"revision", nullptr}}));
  EXPECT_EQ(plan["stable"], first);
  EXPECT_EQ(plan["rollback_target"], first);
  EXPECT_EQ(plan["answer"],
            (Json{{"accepted", true}, {"message", "deployment 2 of 1.1.0 to shop/production has begun"}}));
  EXPECT_EQ(known_stages(plan).dump(),
            R"([["hold",5,0,300000],["hold",25,300000,600000],["bake",0,900000,900000]])");
  EXPECT_EQ(plan["expected_ms"], 1'800'000);
  EXPECT_EQ(plan["way_back"],
            (Json{"until promotion: users back to 1.0.0 by one switch", "during bake (15 min): one switch",
                  "after that: a deployment of 1.0.0"}));
  EXPECT_EQ(plan["capacity"], (Json{{"instances_now", 1},
                                    {"instances_most", 3},
                                    {"memory_each", 1 << 20},
                                    {"memory_needed", 2 << 20},
                                    {"memory_available", std::int64_t{8} << 30},
                                    {"enough", true}}));
}

TEST(Plan, NamesWhatDiffersAndSecretsByTheirReferencesAlone) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  const Json plan = plan_of(world);
  EXPECT_EQ(change_named(plan, "instances"), (Json{"1", "2"}));
  EXPECT_EQ(change_named(plan, "command"), (Json{R"(["./shop"])", R"(["./shop","--fast"])"}));
  EXPECT_EQ(change_named(plan, "environment PAYMENTS_URL"), (Json{nullptr, R"("https://pay.example")"}));
  EXPECT_EQ(change_named(plan, "environment KEY"), (Json{nullptr, "secret environment:SHOP_KEY"}));
  EXPECT_EQ(change_named(plan, "steps"), (Json{"100 %", "5 % for 5 min → 25 % for 10 min → 100 %"}));
  EXPECT_EQ(change_named(plan, "rollback triggers"), (Json{nullptr, "ErrorRate above 5 % for 5 min"}));
  EXPECT_TRUE(change_named(plan, "listen").is_null());
}

TEST(Plan, IsMadeForAFirstReleaseWithoutAnArtifactToo) {
  ApiWorld world;
  const Json plan = plan_of(world);
  EXPECT_EQ(plan["release"], (Json{{"version", "1.1.0"}, {"digest", nullptr}, {"revision", nullptr}}));
  EXPECT_TRUE(plan["stable"].is_null());
  EXPECT_EQ(plan["answer"]["accepted"], true);
  EXPECT_EQ(plan["way_back"], Json::array({"none: this is the first release"}));
  EXPECT_EQ(plan["changes"], Json::array());
  EXPECT_EQ(plan["expected_ms"], 0);
  EXPECT_EQ(plan["stages"].back()["kind"], "promote");
  EXPECT_TRUE(plan["capacity"]["memory_needed"].is_null());
  EXPECT_TRUE(plan["capacity"]["enough"].is_null());
}

TEST(Plan, ChangesNothing) {
  ApiWorld world;
  plan_of(world);
  EXPECT_EQ(Json::parse(world.ask("GET", "/api/v1/targets").body)["targets"], Json::array());
  world.deploy("1.0.0", digest_one);
  world.settle();
  const std::string before = world.ask("GET", production).body;
  const std::int64_t events = world.runner.targets().begin()->second.events;
  plan_of(world, {{"digest", digest_two}});
  EXPECT_EQ(world.ask("GET", production).body, before);
  EXPECT_EQ(world.runner.targets().begin()->second.events, events);
  EXPECT_EQ(world.journal->releases("shop")->size(), 1U);
}

TEST(Plan, KnowsAReleaseThatIsStoredAlready) {
  ApiWorld world;
  world.deploy_canary("1.1.0", digest_two);
  world.settle();
  const Json plan = plan_of(world);
  EXPECT_EQ(plan["release"], (Json{{"version", "1.1.0"}, {"digest", digest_two}, {"revision", 1}}));
  EXPECT_EQ(plan["answer"]["message"],
            "1.1.0 (revision 1) is what shop/production runs already; nothing to do");
  EXPECT_EQ(plan["stages"], Json::array());
}

TEST(Plan, SaysThatAVersionHasAnotherArtifact) {
  ApiWorld world;
  world.deploy_canary("1.1.0", digest_two);
  world.settle();
  const Json plan = plan_of(world, {{"digest", digest_one}});
  EXPECT_EQ(plan["answer"]["accepted"], false);
  EXPECT_THAT(plan["answer"]["message"].get<std::string>(),
              HasSubstr("version 1.1.0 of shop is revision 1 already, with another artifact"));
}

TEST(Plan, ShowsTheWholeOfADeploymentThatWouldHaveToWait) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  world.deploy_canary("1.1.0", digest_two);
  const Json plan = plan_of(world, {{"version", "1.2.0"}});
  EXPECT_THAT(plan["answer"]["message"].get<std::string>(), HasSubstr("queued as deployment 3"));
  EXPECT_EQ(plan["stages"].front()["kind"], "start");
  EXPECT_EQ(plan["expected_ms"], 1'800'000);
}

// A plan over a stable release with so many requests a second, one in 200 of which fails.
Json plan_at(double requests_per_second, std::string_view config = canary_config) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  world.users.says.stable = Arm{.requests_per_second = requests_per_second, .errors = 0.005};
  return plan_of(world, {{"config", config}});
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string all(text);
  all.replace(all.find(from), from.size(), to);
  return all;
}

TEST(Plan, TellsWhatTheJudgeWillSeeAtTheTrafficOfTheLastMinute) {
  const Json plan = plan_at(10);
  const Json& judge = plan["judge"];
  EXPECT_EQ(judge["judged"], true);
  EXPECT_EQ(judge["requests_per_minute"], 600);
  EXPECT_THAT(judge["text"].get<std::string>(),
              HasSubstr("at 30 canary requests a minute, errors of 20 % would be"));
  ASSERT_EQ(judge["forecasts"].size(), 3U);
  EXPECT_EQ(judge["forecasts"][0]["errors"], 0.2);
  EXPECT_LT(judge["forecasts"][0]["after_ms"], judge["forecasts"][1]["after_ms"]);
  EXPECT_EQ(plan["warnings"], Json::array());
}

TEST(Plan, ForeseesByWhatIsRecordedWhereStableIsSampled) {
  const auto after = [](double requests_per_second) {
    const Json plan = plan_at(requests_per_second);
    return plan["judge"]["forecasts"][2]["after_ms"].get<std::int64_t>();
  };
  // Beyond 500 a second, more requests bring no more of stable's records, but more of the canary's.
  EXPECT_LT(after(5000), after(100));
  const Json plan = plan_at(5000);
  EXPECT_THAT(plan["judge"]["text"].get<std::string>(), HasSubstr("at 15000 canary requests a minute"));
}

TEST(Plan, WarnsWhereEvenEveryFifthErrorWouldPass) {
  const Json plan = plan_at(0.02);
  EXPECT_TRUE(plan["judge"]["forecasts"][0]["after_ms"].is_null());
  EXPECT_THAT(plan["judge"]["text"].get<std::string>(), HasSubstr("not within this plan"));
  ASSERT_EQ(plan["warnings"].size(), 1U);
  EXPECT_THAT(plan["warnings"][0].get<std::string>(), HasSubstr("even every fifth request fail"));
}

TEST(Plan, SaysThatNothingIsKnownBeforehandWithoutTraffic) {
  for (const Json& judge : {plan_at(0)["judge"], [] {
                              ApiWorld world;
                              world.deploy("1.0.0", digest_one);
                              world.settle();
                              return plan_of(world)["judge"];
                            }()}) {
    EXPECT_EQ(judge["judged"], true);
    EXPECT_EQ(judge["text"],
              "no traffic was seen in the last minute: what would be caught isn't known beforehand");
    EXPECT_EQ(judge["forecasts"], Json::array());
    EXPECT_EQ(judge["requests_per_minute"], 0);
  }
}

TEST(Plan, SaysWhyNothingIsCompared) {
  const auto text = [](const Json& plan) {
    EXPECT_EQ(plan["judge"]["judged"], false);
    EXPECT_EQ(plan["judge"]["forecasts"], Json::array());
    return plan["judge"]["text"].get<std::string>();
  };
  EXPECT_THAT(text(plan_at(10, replaced(shop_config, "./shop", "./shopper"))),
              HasSubstr("all users move at once"));
  EXPECT_THAT(
      text(plan_at(10, replaced(canary_config, "{weight: 5, hold: 5m}, {weight: 25, hold: 10m}, ", ""))),
      HasSubstr("all users move at once"));
  EXPECT_THAT(text(plan_at(10, replaced(canary_config, "bake: 15m", "judge: {literal: true}"))),
              HasSubstr("literal is set"));
  EXPECT_THAT(text(plan_at(10, replaced(canary_config, "bake: 15m", "judge: none"))),
              StartsWith("not judged: `judge: none`"));
  ApiWorld fresh;
  EXPECT_THAT(text(plan_of(fresh)), HasSubstr("there is no release yet to compare the first one with"));
}

TEST(Plan, WarnsOfARollbackTriggerThatIsLongerThanStepsAndBake) {
  const std::string trigger = "\nrollback_triggers:\n  - {metric: ErrorRate, threshold: 5%, duration: 31s}\n";
  const Json plan = plan_at(10, std::string(replaced(shop_config, "./shop", "./shopper")) + trigger);
  ASSERT_EQ(plan["warnings"].size(), 1U) << plan.dump(1);
  EXPECT_EQ(plan["warnings"][0],
            "ErrorRate above 5 % for 31 s: users aren't on the new release for so long, since steps and bake "
            "together "
            "take 30 s; give it a shorter duration, or the strategy a longer bake");
  const Json enough = plan_at(10, std::string(shop_config) + replaced(trigger, "31s", "30s"));
  EXPECT_EQ(enough["warnings"], Json::array());
}

TEST(Plan, TellsWhichHoldsMayEndEarly) {
  const Json plan = plan_at(10, replaced(canary_config, "hold: 5m", "hold: 5m, early: true"));
  std::vector<std::string> holds;
  for (const Json& stage : plan["stages"])
    if (stage["kind"] == "hold") holds.push_back(stage["text"]);
  EXPECT_THAT(holds, ElementsAre("hold for 5 min, or less once the judge accepts", "hold for 10 min"));
}

TEST(Changes, NameWhatTheJudgeIsToldOtherwise) {
  core::Bound from, to;
  to.strategy.steps = {{5, Duration{300'000}, true}, {100, Duration{0}}};
  judge::Settings& judge = to.strategy.judge;
  judge.alpha = 0.005;
  judge.strict = true;
  judge.weights = {.75, 0, 0, 0, .25, 0, 0};
  judge.accept.p99 = 2;
  judge.minimum_bake = Duration{60'000};
  const auto found = changes(from, to);
  ASSERT_EQ(found.size(), 6U);
  EXPECT_EQ(found[0], (Change{"steps", "100 %", "5 % for 5 min or less → 100 %"}));
  EXPECT_EQ(found[1], (Change{"judge alpha", "1 %", "0.5 %"}));
  EXPECT_EQ(found[2], (Change{"judge tolerance", "errors 1.1 × and 0.05 %, times 1.05 ×", "none"}));
  EXPECT_EQ(found[3].to, "errors 75 %, p99.9 25 %");
  EXPECT_EQ(found[4].to, "errors 2 × and 0.25 %, p50 1.28 ×, p90 1.28 ×, p99 2 ×, at a risk of 5 %");
  EXPECT_EQ(found[5].to, "1 min");
  core::Bound literal;
  literal.strategy.judge.literal = true;
  ASSERT_EQ(changes(from, literal).size(), 1U);
  EXPECT_EQ(changes(from, literal)[0].to, "rollback triggers alone");
}

TEST(Changes, AreNoneBetweenAConfigurationAndItself) {
  core::Bound bound;
  bound.run.env["A"] = "1";
  EXPECT_TRUE(changes(bound, bound).empty());
}

TEST(Changes, NameWhatIsGone) {
  core::Bound from, to;
  from.run.env["A"] = core::SecretRef{core::SecretRef::Source::command, "", {"pass", "show"}};
  from.smoke_tests.push_back({.name = "Home", .get = "/"});
  const auto found = changes(from, to);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (Change{"environment A", R"(secret command:["pass","show"])", std::nullopt}));
  EXPECT_EQ(found[1].what, "smoke test Home");
  EXPECT_EQ(found[1].to, std::nullopt);
}

}  // namespace
}  // namespace slipway::server
