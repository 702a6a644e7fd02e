#include "e2e/canary.h"

#include <array>

#include "support/binomial.h"

namespace slipway::e2e {
namespace {

constexpr int many = 1000;  // users

class Canary : public CanaryWorld {
 protected:
  // Which of many users meet `version`, each asking once with their cookie.
  std::set<int> who_meets(const std::string& version) const {
    std::set<int> users;
    for (int user = 0; user < many; ++user) {
      const auto answer =
          test::get(port(), "/", Duration(5'000), fmt::format("Cookie: sid=user-{}\r\n", user));
      EXPECT_TRUE(answer && answer->status == 200) << user;
      if (answer && answer->head.find("x-version: " + version) != std::string::npos) users.insert(user);
    }
    return users;
  }
};

TEST_F(Canary, GivesEachUserOneReleaseWithinAStepAndTakesNobodyBackWhileWeightsRise) {
  begin({.bake = "1s",
         .steps = {"{weight: 5, hold: 1s}", "{weight: 25, hold: 1s}", "{weight: 50, hold: 1s}",
                   "{weight: 100}"}});
  std::array<std::set<int>, 2> first;
  for (const std::size_t round : {0U, 1U}) {
    const std::string version = fmt::format("1.{}.0", round + 1);
    deploy_beside(version);
    std::set<int> before;
    for (const int share : {5, 25, 50}) {
      ASSERT_TRUE(comes_to(share)) << share;
      say("pause");
      const std::set<int> now = who_meets(version);
      EXPECT_EQ(who_meets(version), now) << "somebody changed sides at " << share << " %";
      EXPECT_TRUE(std::ranges::includes(now, before))
          << "somebody was taken back on the way to " << share << " %";
      EXPECT_TRUE(test::plausible(static_cast<int>(now.size()), many, share / 100.0))
          << now.size() << " of " << many;
      ASSERT_EQ(weight(), share) << "the pause did not hold";
      if (share == 5) first.at(round) = now;
      before = now;
      say("resume");
    }
    EXPECT_TRUE(reaches_end());
    EXPECT_EQ(stable(), version);
    EXPECT_EQ(who_meets(version).size(), static_cast<std::size_t>(many));
  }
  std::set<int> twice;
  std::ranges::set_intersection(first[0], first[1], std::inserter(twice, twice.end()));
  EXPECT_TRUE(test::plausible(static_cast<int>(twice.size()), static_cast<int>(first[1].size()),
                              static_cast<double>(first[0].size()) / many))
      << twice.size() << " users were among the first both times";
}

TEST_F(Canary, GoesStepByStepUnderLoadAndIsPromoted) {
  begin({.bake = "1s",
         .steps = {"{weight: 25, hold: 4s}", "{weight: 50, hold: 2s}", "{weight: 100}"},
         .triggers = {"{metric: ErrorRate, threshold: 5%, duration: 1s}",
                      "{metric: ResponseTime, threshold: 500ms, duration: 1s}",
                      "{metric: HealthCheck, threshold: 50%, duration: 1s}"}});
  const auto users = load(8, "shop", many);
  const Ran ran = deploy("1.1.0", artifact("1.1.0"));
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_TRUE(reaches_end());
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_EQ(outcome(), "promoted");
  EXPECT_NE(timeline(2).find("50 %: healthy"), std::string::npos) << timeline(2);
  EXPECT_TRUE(instances_are_as_told());
}

struct Fault {
  std::string name;
  Json switches;
  std::string metric;  // in the cause
};

class BadCanary : public Canary, public testing::WithParamInterface<Fault> {};

TEST_P(BadCanary, GoesBackByItselfWithItsTimesMeasured) {
  begin({.steps = {"{weight: 25, hold: 1m}", "{weight: 100}"},
         .triggers = {"{metric: ErrorRate, threshold: 5%, duration: 2s}",
                      "{metric: ResponseTime, threshold: 100ms, duration: 2s}"}});
  const auto users = load(16, "shop", many);
  const Ran ran = deploy("1.1.0", artifact("1.1.0", GetParam().switches));
  EXPECT_EQ(ran.status, 4) << ran.out << ran.err;
  EXPECT_TRUE(reaches_end());
  users->since_last();
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return users->so_far().versions["1.0.0"] > 100; }));
  EXPECT_FALSE(users->since_last().versions.contains("1.1.0"));
  EXPECT_TRUE(clean(users->stop()));
  const Json ended = last();
  EXPECT_EQ(ended["outcome"], "rolled_back");
  EXPECT_NE(ended["cause"].get<std::string>().find(GetParam().metric), std::string::npos) << ended.dump(2);
  ASSERT_TRUE(ended["detect_ms"].is_number() && ended["restore_ms"].is_number()) << ended.dump(2);
  EXPECT_GE(ended["detect_ms"], 0);
  EXPECT_LE(ended["first_bad"], ended["decided"]);
  EXPECT_LE(ended["last_request"], ended["ended"]);
  EXPECT_TRUE(instances_are_as_told());
}

INSTANTIATE_TEST_SUITE_P(Faults, BadCanary,
                         testing::Values(Fault{"errors", {{"error_rate", 0.3}}, "errors"},
                                         Fault{"slow", {{"latency_ms", 300}}, "response time"}),
                         [](const auto& fault) { return fault.param.name; });

TEST_F(Canary, GoesBackWhenItsInstancesNoLongerAnswer) {
  begin({.drain = "1s",
         .steps = {"{weight: 25, hold: 1m}", "{weight: 100}"},
         .triggers = {"{metric: HealthCheck, threshold: 50%, duration: 2s}"}});
  deploy_beside("1.1.0");
  ASSERT_TRUE(comes_to(25));
  signal_all(of("canary"), SIGSTOP);
  EXPECT_TRUE(eventually(Duration(30'000), [&] { return outcome() == "rolled_back"; }));
  EXPECT_NE(last()["cause"].get<std::string>().find("healthy"), std::string::npos) << last().dump(2);
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(who_meets("1.0.0").size(), static_cast<std::size_t>(many));
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Canary, IsHeldWhileStableBreaksTheSameLimit) {
  begin({.env = {{"SHOP_ERROR_RATE", "\"0.3\""}},
         .steps = {"{weight: 50, hold: 4s}", "{weight: 100}"},
         .triggers = {"{metric: ErrorRate, threshold: 5%, duration: 2s}"}});
  const auto users = load(16, "shop", many);
  deploy_beside("1.1.0");
  EXPECT_TRUE(told(2, "held")) << timeline(2);
  EXPECT_EQ(weight(), 50);
  say("abort");
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_TRUE(clean(users->stop()));
}

TEST_F(Canary, WithTooFewRequestsToJudgePausesAtTwiceItsHold) {
  begin({.steps = {"{weight: 5, hold: 1s}", "{weight: 50, hold: 1m}", "{weight: 100}"},
         .triggers = {"{metric: ErrorRate, threshold: 5%, duration: 1s}"}});
  deploy_beside("1.1.0");
  EXPECT_TRUE(eventually(Duration(20'000), [&] { return status()["deployment"]["paused"].is_object(); }));
  EXPECT_EQ(weight(), 5);
  say("resume");
  EXPECT_TRUE(comes_to(50));
  say("promote");
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.1.0");
}

TEST_F(Canary, AnswersItsPreviewBeforeAnyUser) {
  begin({.smoke_tests = {"{name: wait, run: [sleep, \"2\"], when: canary}"},
         .steps = {"{weight: 1, hold: 1m}", "{weight: 100}"}});
  deploy_beside("1.1.0");
  ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == "smoke tests"; })) << stage();
  const std::string header = status()["preview"]["header"];
  ASSERT_FALSE(header.empty());
  const auto preview = test::get(port(), "/api/version", Duration(5'000), header + "\r\n");
  ASSERT_TRUE(preview) << preview.error().message;
  EXPECT_NE(preview->body.find("1.1.0"), std::string::npos) << preview->body;
  const auto forged = test::get(port(), "/api/version", Duration(5'000), "X-Slipway-Preview: guess\r\n");
  ASSERT_TRUE(forged) << forged.error().message;
  EXPECT_NE(forged->body.find("1.0.0"), std::string::npos) << forged->body;
  EXPECT_EQ(stage(), "smoke tests");
  say("abort");
  EXPECT_TRUE(reaches_end());
}

TEST_F(Canary, IsStoppedPausedHurriedAndReplacedWithoutAFailedRequest) {
  begin({.bake = "30s", .steps = {"{weight: 25, hold: 1m}", "{weight: 50, hold: 1m}", "{weight: 100}"}});
  const auto users = load(8, "shop", many);
  // Superseded, and the newer one asked for twice.
  deploy_beside("1.1.0");
  ASSERT_TRUE(comes_to(25));
  deploy_beside("1.2.0");
  deploy_beside("1.2.0");
  ASSERT_TRUE(
      eventually(Duration(20'000), [&] { return status()["deployment"]["release"]["version"] == "1.2.0"; }));
  ASSERT_TRUE(comes_to(25));
  EXPECT_EQ(status()["deployment"]["replaced"]["version"], "1.0.0");
  // Paused and resumed twice each, then all users at once, asked for twice.
  say("pause");
  say("pause");
  EXPECT_TRUE(status()["deployment"]["paused"].is_object());
  say("resume");
  say("resume");
  say("promote", {"--detach"});
  say("promote", {"--detach"});
  ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == "bake"; })) << stage();
  EXPECT_EQ(stable(), "1.2.0");
  // Back, twice, while the old release is warm.
  say("rollback", {"--detach"});
  const Ran again = slipway({"rollback", "production", "--detach"});
  // Users may be back already; then a second click goes no further.
  if (again.status != 0) {
    EXPECT_EQ(again.status, 3) << again.out << again.err;
    EXPECT_NE(again.err.find("users were brought back to 1.0.0"), std::string::npos) << again.err;
  }
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.0.0");
  // Begun and ended by a person.
  deploy_beside("1.3.0");
  ASSERT_TRUE(comes_to(25));
  say("abort");
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "aborted");
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_TRUE(instances_are_as_told());
}

}  // namespace
}  // namespace slipway::e2e
