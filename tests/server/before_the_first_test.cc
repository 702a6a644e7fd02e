#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"
#include "calendar/moment.h"

// What people say of a target that nothing was deployed to yet.
namespace slipway::server {
namespace {

using testing::HasSubstr;

std::string freeze(Time now) {
  return Json{
      {"from", format_time(now)}, {"to", format_time(now + Duration(3'600'000))}, {"reason", "moving"}}
      .dump();
}

TEST(BeforeTheFirst, AFreezeIsTakenAndHoldsForTheFirstDeployment) {
  ApiWorld world;
  const Response frozen = world.ask("POST", production + "/freeze", freeze(world.clock.now()));
  EXPECT_EQ(frozen.status, 200) << frozen.body;
  EXPECT_THAT(frozen.body, HasSubstr("Nothing was deployed to shop/production yet"));
  const Response refused = world.deploy("1.0.0", digest_one);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("frozen by alice: moving"));
  EXPECT_EQ(world.ask("POST", production + "/unfreeze", "{\"number\":1}").status, 200);
  EXPECT_EQ(world.deploy("1.0.0", digest_one).status, 202);
}

TEST(BeforeTheFirst, AFreezeOfWhatCantBeATargetIsRefused) {
  ApiWorld world;
  const Response refused =
      world.ask("POST", "/api/v1/targets/shop/Production/freeze", freeze(world.clock.now()));
  EXPECT_EQ(refused.status, 400) << refused.body;
  EXPECT_THAT(refused.body, HasSubstr("can't be the name of an environment"));
  EXPECT_TRUE(world.runner.targets().empty());
}

TEST(BeforeTheFirst, AnEmergencyWindowIsAsTheConfigurationSays) {
  ApiWorld world;
  Json body{{"until", format_time(world.clock.now() + Duration(3'600'000))}, {"reason", "it burns"}};
  const Response unknown = world.ask("POST", production + "/emergency", body.dump());
  EXPECT_EQ(unknown.status, 409);
  EXPECT_THAT(unknown.body, HasSubstr("say it where its slipway.yaml is"));
  body["config"] = shop_config;
  const Response open = world.ask("POST", production + "/emergency", body.dump());
  EXPECT_EQ(open.status, 200) << open.body;
  EXPECT_THAT(open.body, HasSubstr("is open until"));
}

TEST(BeforeTheFirst, TheSecondPersonNeedntBringTheConfiguration) {
  ApiWorld world;
  std::string config(shop_config);
  config.insert(config.find("    listen: 127.0.0.1:18080"), "    emergency: {people: 2}\n");
  Json body{{"until", format_time(world.clock.now() + Duration(3'600'000))},
            {"reason", "it burns"},
            {"config", config}};
  const Response first = world.ask("POST", production + "/emergency", body.dump());
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_THAT(first.body, HasSubstr("somebody else"));
  body.erase("config");
  world.asker = "bob";
  const Response open = world.ask("POST", production + "/emergency", body.dump());
  EXPECT_EQ(open.status, 200) << open.body;
  EXPECT_THAT(open.body, HasSubstr("is open until"));
}

TEST(BeforeTheFirst, WhatWasRefusedOrTakenBackLeavesNoTarget) {
  ApiWorld world;
  const auto targets = [&] {
    return Json::parse(world.ask("GET", "/api/v1/targets").body)["targets"].size();
  };
  const std::string wrong = "/api/v1/targets/shpo/production";
  Json body = Json::parse(freeze(world.clock.now()));
  body["reason"] = "";
  EXPECT_EQ(world.ask("POST", wrong + "/freeze", body.dump()).status, 409);
  EXPECT_EQ(world.ask("GET", wrong).status, 404);
  EXPECT_EQ(targets(), 0U);
  EXPECT_EQ(world.ask("POST", wrong + "/freeze", freeze(world.clock.now())).status, 200);
  EXPECT_EQ(targets(), 1U);
  EXPECT_EQ(world.ask("POST", wrong + "/unfreeze", "{\"number\":1}").status, 200);
  EXPECT_EQ(world.ask("GET", wrong).status, 404);
  EXPECT_EQ(targets(), 0U);
}

}  // namespace
}  // namespace slipway::server
