#include "server/api/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"
#include "server/api/changes.h"

namespace slipway::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string at = "/api/v1/targets/shop/production";

Json plan_of(ApiWorld& world, const Json& more = Json::object()) {
  Json body{{"version", "1.1.0"}, {"config", canary_config}};
  body.merge_patch(more);
  const Response response = world.ask("POST", at + "/plan", body.dump());
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
  const std::string before = world.ask("GET", at).body;
  const std::int64_t events = world.runner.targets().begin()->second.events;
  plan_of(world, {{"digest", digest_two}});
  EXPECT_EQ(world.ask("GET", at).body, before);
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
