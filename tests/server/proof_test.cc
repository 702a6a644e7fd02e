#include "server/proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"

// What counts as a success in the environment before.
namespace slipway::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view after_config = R"(service: shop
run:
  command: [./shop]
  instances: 1
environments:
  production:
    purpose: users
    listen: 127.0.0.1:18080
    after: [staging]
  staging:
    purpose: trying
    listen: 127.0.0.1:18081
)";

class AfterStaging : public testing::Test {
 protected:
  Response ask(const std::string& environment, const std::string& call, Json body) {
    return world.ask("POST", "/api/v1/targets/shop/" + environment + "/" + call, body.dump());
  }
  void staging(const std::string& version, const std::string& digest,
               const std::string& config = std::string(after_config)) {
    EXPECT_EQ(
        ask("staging", "deployments", {{"version", version}, {"digest", digest}, {"config", config}}).status,
        202);
  }
  // Why production doesn't take it; empty: it does.
  std::string refusal(const std::string& version, const std::string& digest) {
    const Json plan = Json::parse(
        ask("production", "plan", {{"version", version}, {"digest", digest}, {"config", after_config}}).body);
    gate = plan["gates"][0]["text"];
    EXPECT_EQ(plan["gates"][0]["name"], "after");
    EXPECT_EQ(plan["gates"][0]["state"], plan["answer"]["accepted"] ? "met" : "refuses");
    return plan["answer"]["accepted"] ? "" : plan["answer"]["message"].get<std::string>();
  }

  ApiWorld world;
  std::string gate;
};

TEST_F(AfterStaging, WhatWasNeverThereIsRefused) {
  EXPECT_THAT(
      refusal("1.0.0", digest_one),
      HasSubstr("has not: promoted, and its bake over. Deploy it there first: slipway deploy staging"));
  EXPECT_EQ(gate, "this artifact has not succeeded in staging");
}

TEST_F(AfterStaging, WhatStillBakesIsRefusedUntilThatIsOver) {
  staging("1.0.0", digest_two);
  world.settle();
  staging("1.1.0", digest_one);
  world.reach(core::Stage::Kind::bake);
  EXPECT_THAT(
      refusal("1.1.0", digest_one),
      testing::MatchesRegex("production takes only what has succeeded in staging, and 1.1.0 \\(digest "
                            "aaaaaaaaaaaa…\\) still bakes there until .* UTC \\(deployment 2\\). Once it has "
                            "baked: slipway deploy production --from staging"));
  EXPECT_THAT(gate, StartsWith("this artifact has not succeeded in staging: it still bakes there until"));
  EXPECT_EQ(ask("production", "deployments",
                {{"version", "1.1.0"}, {"digest", digest_one}, {"config", after_config}})
                .status,
            409);
  world.settle();
  EXPECT_EQ(refusal("1.1.0", digest_one), "");
  EXPECT_THAT(gate, StartsWith("succeeded in staging"));
}

TEST_F(AfterStaging, WhatWasTakenBackInItsBakeIsRefused) {
  staging("1.0.0", digest_two);
  world.settle();
  staging("1.1.0", digest_one);
  world.reach(core::Stage::Kind::bake);
  EXPECT_EQ(ask("staging", "rollback", {{"reason", "carts are empty"}}).status, 202);
  EXPECT_THAT(refusal("1.1.0", digest_one),
              HasSubstr("did not stay there (deployment 2: rolled back by alice: carts are empty). To try it "
                        "there again: slipway deploy staging --version 1.1.0"));
  world.settle();
  EXPECT_THAT(refusal("1.1.0", digest_one), HasSubstr("did not stay there (deployment 2"));
  EXPECT_EQ(refusal("1.0.0", digest_two), "") << "that is what staging went back to";
}

TEST_F(AfterStaging, WhatSucceededAndWasRolledBackFromLaterIsRefusedUntilItSucceedsAgain) {
  staging("1.0.0", digest_two);
  world.settle();
  staging("1.1.0", digest_one);
  world.settle();
  EXPECT_EQ(refusal("1.1.0", digest_one), "");
  EXPECT_EQ(ask("staging", "rollback", {{"reason", "it leaks"}}).status, 202);
  EXPECT_THAT(refusal("1.1.0", digest_one),
              HasSubstr("did not stay there (deployment 3: back to 1.0.0 by alice"))
      << "going back is under way";
  world.settle();
  EXPECT_THAT(
      refusal("1.1.0", digest_one),
      HasSubstr("did not stay there (deployment 3: back to 1.0.0 by alice: it leaks). To try it there "
                "again: slipway deploy staging --version 1.1.0"));
  EXPECT_EQ(gate,
            "this artifact has not succeeded in staging: it did not stay there (deployment 3: back to 1.0.0 "
            "by alice: it leaks)");
  EXPECT_EQ(refusal("1.0.0", digest_two), "") << "that is what staging went back to";
  staging("1.1.0", digest_one);
  world.settle();
  EXPECT_EQ(refusal("1.1.0", digest_one), "");
}

TEST_F(AfterStaging, WhatANewerReleaseReplacedStillCounts) {
  staging("1.0.0", digest_one);
  world.settle();
  staging("1.1.0", digest_two);
  world.settle();
  EXPECT_EQ(refusal("1.0.0", digest_one), "");
}

TEST_F(AfterStaging, WhatWasTriedAgainAndFailedIsRefused) {
  staging("1.0.0", digest_one);
  world.settle();
  staging("1.1.0", digest_two);
  world.settle();
  staging("1.0.0", digest_one);
  EXPECT_EQ(ask("staging", "abort", Json::object()).status, 202);
  world.settle();
  EXPECT_THAT(refusal("1.0.0", digest_one), HasSubstr("did not stay there (deployment 3: aborted by alice)"));
}

TEST_F(AfterStaging, WhatWasAskedForAgainAndNeverBeganStillCounts) {
  staging("1.0.0", digest_one);
  world.settle();
  staging("1.1.0", digest_two);
  world.settle();
  std::string approved(after_config);
  approved += "    approvals: 1\n";
  staging("1.0.0", digest_one, approved);
  EXPECT_EQ(ask("staging", "decline", {{"reason", "not today"}}).status, 202);
  world.settle();
  EXPECT_EQ(refusal("1.0.0", digest_one), "");
}

TEST_F(AfterStaging, WhatTheHostRebootedInTheBakeOfIsRefused) {
  staging("1.0.0", digest_two);
  world.settle();
  staging("1.1.0", digest_one);
  world.reach(core::Stage::Kind::bake);
  world.runner.deliver({"shop", "staging"}, core::HostRebooted{"another"});
  world.settle();
  EXPECT_THAT(refusal("1.1.0", digest_one),
              HasSubstr("did not bake to its end there (deployment 2: the host rebooted during \"bake\""));
  EXPECT_THAT(gate,
              StartsWith("this artifact has not succeeded in staging: it did not bake to its end there"));
}

TEST_F(AfterStaging, WhatRunsThereCountsWhateverCameOfAnotherConfigurationOfIt) {
  staging("1.0.0", digest_one);
  world.settle();
  std::string other(after_config);
  other.replace(other.find("instances: 1"), 12, "instances: 2");
  staging("1.0.0", digest_one, other);
  EXPECT_EQ(ask("staging", "abort", Json::object()).status, 202);
  world.settle();
  EXPECT_EQ(refusal("1.0.0", digest_one), "");
}

TEST_F(AfterStaging, WhatWaitsOrIsOfferedHearsOfItsBeingTakenBack) {
  std::string offering(after_config);
  offering += "    then: [production]\n";
  staging("1.0.0", digest_two, offering);
  world.settle();
  staging("1.1.0", digest_one, offering);
  world.settle();
  world.runner.deliver({"shop", "production"}, core::ReleaseOffered{{2, "1.1.0", digest_one}, "staging"});
  const auto withdrawn = [&] { return withdrawn_proofs(world.runner.targets(), *world.journal); };
  EXPECT_TRUE(withdrawn().empty());
  EXPECT_EQ(ask("production", "freeze",
                {{"reason", "audit"}, {"from", "2026-01-01T00:00:00Z"}, {"to", "2099-01-01T00:00:00Z"}})
                .status,
            200);
  EXPECT_EQ(ask("staging", "rollback", {{"reason", "it leaks"}}).status, 202);
  const auto news = withdrawn();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].first.environment, "production");
  EXPECT_EQ(news[0].second.digest, digest_one);
  EXPECT_EQ(core::describe(news[0].second.unproven),
            "did not stay there (deployment 3: back to 1.0.0 by alice: it leaks)");
  world.runner.deliver(news[0].first, news[0].second);
  EXPECT_FALSE(world.runner.find({"shop", "production"})->offer);
  EXPECT_TRUE(withdrawn().empty()) << "it was told already";
}

}  // namespace
}  // namespace slipway::server
