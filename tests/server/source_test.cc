#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"

// Where a release was made from: what is told, kept and shown.
namespace slipway::server {
namespace {

using testing::HasSubstr;

const std::string commit_one(40, '1');
const std::string commit_two(40, '2');
const std::string long_commit(64, '3');
const std::string targets_of_shop = "/api/v1/targets/shop/";

Response ask(ApiWorld& world, const std::string& call, const Json& more) {
  Json body{{"version", "1.0.0"}, {"config", shop_config}, {"digest", digest_one}};
  body.merge_patch(more);
  return world.ask("POST", targets_of_shop + call, body.dump());
}

Json get(ApiWorld& world, const std::string& path) {
  return Json::parse(world.ask("GET", targets_of_shop + path).body);
}

TEST(Source, IsKeptWithTheDeploymentAndShownWithWhatRuns) {
  ApiWorld world;
  const Response asked = ask(world, "production/deployments",
                             {{"commit", commit_one}, {"branch", "main"}, {"changes", {"1 Mend the cart"}}});
  EXPECT_EQ(asked.status, 202) << asked.body;
  world.settle();
  const Json stable = get(world, "production")["stable"];
  EXPECT_EQ(stable["commit"], commit_one);
  EXPECT_EQ(stable["branch"], "main");
  const Json record = get(world, "production/deployments/1");
  EXPECT_EQ(record["commit"], commit_one);
  EXPECT_EQ(record["branch"], "main");
  EXPECT_EQ(record["changes"], Json{"1 Mend the cart"});
}

TEST(Source, ThatNobodyToldIsEmpty) {
  ApiWorld world;
  EXPECT_EQ(ask(world, "production/deployments", Json::object()).status, 202);
  world.settle();
  EXPECT_EQ(get(world, "production")["stable"]["commit"], "");
  EXPECT_EQ(get(world, "production/deployments/1")["changes"], Json::array());
}

TEST(Source, IsACommitInFull) {
  ApiWorld world;
  for (const std::string call : {"production/deployments", "production/plan"}) {
    for (const std::string& wrong : {std::string("4f2a9c1"), std::string(40, 'A'), std::string(41, 'a')}) {
      const Response asked = ask(world, call, {{"commit", wrong}});
      EXPECT_EQ(asked.status, 400) << asked.body;
      EXPECT_THAT(asked.body,
                  HasSubstr("must be the 40 or 64 lowercase hexadecimal digits of a commit's hash"));
    }
    const Response branch = ask(world, call, {{"branch", "main"}});
    EXPECT_EQ(branch.status, 400);
    EXPECT_THAT(branch.body, HasSubstr("must be there too"));
  }
  const Json plan = Json::parse(
      ask(world, "production/plan", {{"commit", long_commit}, {"changes", {"3 Sell socks"}}}).body);
  EXPECT_EQ(plan["source"], (Json{{"commit", long_commit}, {"branch", ""}, {"changes", {"3 Sell socks"}}}));
}

TEST(Source, OfAnArtifactThatIsKnownIsWhatWasSaidBefore) {
  ApiWorld world;
  ask(world, "staging/deployments", {{"commit", commit_one}, {"branch", "main"}});
  world.settle();
  ask(world, "staging/deployments",
      {{"version", "1.1.0"},
       {"digest", digest_two},
       {"commit", commit_two},
       {"branch", "cart"},
       {"changes", {"2 Mend the cart"}}});
  world.settle();
  Json plan = Json::parse(ask(world, "production/plan", {{"version", "1.1.0"}, {"digest", digest_two}}).body);
  EXPECT_EQ(plan["source"], (Json{{"commit", commit_two}, {"branch", "cart"}, {"changes", Json::array()}}))
      << "production has nothing that this changes";
  EXPECT_EQ(ask(world, "production/deployments", Json::object()).status, 202);
  world.settle();
  EXPECT_EQ(get(world, "production")["stable"]["commit"], commit_one);
  // From the same artifact to the same: with the same changes.
  plan = Json::parse(ask(world, "production/plan", {{"version", "1.1.0"}, {"digest", digest_two}}).body);
  EXPECT_EQ(plan["source"],
            (Json{{"commit", commit_two}, {"branch", "cart"}, {"changes", {"2 Mend the cart"}}}));
  // What is said now is what holds.
  plan = Json::parse(
      ask(world, "production/plan", {{"version", "1.1.0"}, {"digest", digest_two}, {"commit", long_commit}})
          .body);
  EXPECT_EQ(plan["source"], (Json{{"commit", long_commit}, {"branch", ""}, {"changes", Json::array()}}));
}

TEST(Source, ComesBackWithAnEarlierRelease) {
  ApiWorld world;
  ask(world, "production/deployments", {{"commit", commit_one}, {"branch", "main"}});
  world.settle();
  ask(world, "production/deployments",
      {{"version", "1.1.0"},
       {"digest", digest_two},
       {"commit", commit_two},
       {"changes", {"2 Mend the cart"}}});
  world.settle();
  EXPECT_EQ(world.ask("POST", targets_of_shop + "production/rollback", "{}").status, 202);
  world.settle();
  const Json record = get(world, "production/deployments/3");
  EXPECT_EQ(record["kind"], "rollback");
  EXPECT_EQ(record["commit"], commit_one);
  EXPECT_EQ(record["branch"], "main");
  EXPECT_EQ(record["changes"], Json::array());
  EXPECT_EQ(get(world, "production")["stable"]["commit"], commit_one);
}

TEST(Source, OfWhatIsQueuedIsKeptToo) {
  ApiWorld world;
  ask(world, "production/deployments", Json::object());
  world.settle();
  ask(world, "production/deployments", {{"version", "1.1.0"}, {"digest", digest_two}});
  world.reach(core::Stage::Kind::bake);
  const Response queued =
      ask(world, "production/deployments",
          {{"version", "1.2.0"}, {"digest", digest_one}, {"commit", commit_two}, {"end_bake", true}});
  EXPECT_EQ(queued.status, 202) << queued.body;
  EXPECT_EQ(get(world, "production/deployments/3")["commit"], commit_two);
  world.settle();
  EXPECT_EQ(get(world, "production")["stable"]["commit"], commit_two);
}

}  // namespace
}  // namespace slipway::server
