#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"
#include "calendar/moment.h"

// What people say of a target that nothing was deployed to yet.
namespace slipway::server {
namespace {

using testing::HasSubstr;

constexpr auto at = "/api/v1/targets/shop/production";

std::string freeze(Time now) {
  return Json{
      {"from", format_time(now)}, {"to", format_time(now + Duration(3'600'000))}, {"reason", "moving"}}
      .dump();
}

TEST(BeforeTheFirst, AFreezeIsTakenAndHoldsForTheFirstDeployment) {
  ApiWorld world;
  const Response frozen = world.ask("POST", std::string(at) + "/freeze", freeze(world.clock.now()));
  EXPECT_EQ(frozen.status, 200) << frozen.body;
  EXPECT_THAT(frozen.body, HasSubstr("Nothing was deployed to shop/production yet"));
  const Response refused = world.deploy("1.0.0", digest_one);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("frozen by alice: moving"));
  EXPECT_EQ(world.ask("POST", std::string(at) + "/unfreeze", "{\"number\":1}").status, 200);
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
  const Response unknown = world.ask("POST", std::string(at) + "/emergency", body.dump());
  EXPECT_EQ(unknown.status, 409);
  EXPECT_THAT(unknown.body, HasSubstr("say it where its slipway.yaml is"));
  body["config"] = shop_config;
  const Response open = world.ask("POST", std::string(at) + "/emergency", body.dump());
  EXPECT_EQ(open.status, 200) << open.body;
  EXPECT_THAT(open.body, HasSubstr("is open until"));
}

}  // namespace
}  // namespace slipway::server
