#include <gtest/gtest.h>

#include "api_world.h"

namespace slipway::server {
namespace {

Json target(ApiWorld& world) {
  return Json::parse(world.ask("GET", production).body);
}

Json deployment(ApiWorld& world, int number) {
  return Json::parse(world.ask("GET", fmt::format("{}/deployments/{}", production, number)).body);
}

TEST(Since, IsThePromotionOfWhatIsStableAndNothingWhileNothingIs) {
  ApiWorld world;
  ASSERT_EQ(world.deploy("1.0.0", digest_one).status, 202);
  EXPECT_TRUE(target(world)["since"].is_null());
  world.settle();
  EXPECT_EQ(target(world)["since"], deployment(world, 1)["promoted"]);
  world.clock.time += std::chrono::hours(1);
  ASSERT_EQ(world.deploy("1.1.0", digest_two).status, 202);
  EXPECT_EQ(target(world)["since"], deployment(world, 1)["promoted"]);
  world.settle();
  EXPECT_EQ(target(world)["since"], deployment(world, 2)["promoted"]);
  EXPECT_NE(target(world)["since"], deployment(world, 1)["promoted"]);
}

TEST(Since, BeginsAnewWhereUsersCameBackFromWhatWasPromoted) {
  ApiWorld world;
  ASSERT_EQ(world.deploy("1.0.0", digest_one).status, 202);
  world.settle();
  world.clock.time += std::chrono::hours(1);
  ASSERT_EQ(world.deploy("1.1.0", digest_two).status, 202);
  world.reach(core::Stage::Kind::bake);
  ASSERT_EQ(target(world)["stable"]["version"], "1.1.0");
  world.clock.time += std::chrono::seconds(1);
  ASSERT_EQ(world.ask("POST", production + "/rollback", "{}").status, 202);
  world.settle();
  ASSERT_EQ(target(world)["stable"]["version"], "1.0.0");
  ASSERT_EQ(deployment(world, 2)["outcome"], "rolled_back");
  EXPECT_EQ(target(world)["since"], deployment(world, 2)["ended"]);
}

TEST(Since, DoesNotChangeByACanaryThatWasTakenBack) {
  ApiWorld world;
  ASSERT_EQ(world.deploy("1.0.0", digest_one).status, 202);
  world.settle();
  const Json before = target(world)["since"];
  world.clock.time += std::chrono::hours(1);
  ASSERT_EQ(world.deploy("1.1.0", digest_two).status, 202);
  ASSERT_EQ(world.ask("POST", production + "/abort", "{}").status, 202);
  world.settle();
  ASSERT_EQ(target(world)["stable"]["version"], "1.0.0");
  EXPECT_EQ(target(world)["since"], before);
}

}  // namespace
}  // namespace slipway::server
