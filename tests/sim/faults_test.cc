#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/simulation.h"

namespace slipway::sim {
namespace {

// A healthy release, and a canary that takes a minute; what goes wrong is added by each test.
Plan a_canary() {
  Plan plan;
  plan.seed = 1;
  plan.heals = Duration(90'000);
  Place place;
  place.target = {"shop", "production"};
  place.instances = 2;
  place.steps = {{10, Duration(20'000)}, {30, Duration(20'000)}, {100, {}}};
  place.bake = Duration(10'000);
  place.lease = Duration(9'000);
  place.grace = Duration(20'000);
  place.progress = Duration(60'000);
  place.drain = Duration(2'000);
  place.users = 300;
  plan.places = {place};
  plan.entries = {{.kind = Entry::Kind::deploy, .at = Duration(100), .number = 1},
                  {.kind = Entry::Kind::deploy, .at = Duration(8'000), .number = 2}};
  return plan;
}

class Faults : public testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::none); }
  void TearDown() override { set_log_level(LogLevel::info); }

  // At any moment of the canary.
  static std::int64_t reached(std::string_view mark, Entry fault) {
    std::int64_t count = 0;
    for (std::int64_t at = 8'100; at < 60'000; at += 733) {
      Plan plan = a_canary();
      plan.seed = static_cast<std::uint64_t>(at);
      fault.at = Duration(at);
      plan.entries.push_back(fault);
      const Report result = run(plan);
      EXPECT_FALSE(result.broken.has_value())
          << result.broken->invariant << ": " << result.broken->detail << "\n"
          << describe(plan);
      count += result.marks.count(mark);
    }
    return count;
  }
};

TEST_F(Faults, AProxyThatTakesAPartIsToldAgain) {
  EXPECT_GT(reached("the proxy took a part", {.kind = Entry::Kind::proxy_half, .lasts = Duration(8'000)}), 0);
}

TEST_F(Faults, AProxyThatActsLateIsToldAgain) {
  EXPECT_GT(reached("the proxy acted after it said that it didn't",
                    {.kind = Entry::Kind::proxy_late, .lasts = Duration(8'000)}),
            0);
}

TEST_F(Faults, ADaemonThatDiesWhileItTellsTheProxyGoesOn) {
  EXPECT_GT(reached("daemon died while it told the proxy", {.kind = Entry::Kind::dies_while_routing}), 0);
}

TEST_F(Faults, ADeafMasterHoldsUpNoWayBack) {
  Marks marks;
  for (std::int64_t at = 8'100; at < 60'000; at += 733) {
    Plan plan = a_canary();
    plan.seed = static_cast<std::uint64_t>(at);
    plan.heals = Duration(200'000);
    plan.entries.push_back({.kind = Entry::Kind::proxy_deaf, .at = Duration(at), .lasts = Duration(120'000)});
    plan.entries.push_back({.kind = Entry::Kind::rollback, .at = Duration(at + 500)});
    const Report result = run(plan);
    EXPECT_FALSE(result.broken.has_value()) << result.broken->invariant << ": " << result.broken->detail;
    marks.merge(result.marks);
  }
  EXPECT_GT(marks.count("users were taken back while the master was deaf"), 0);
}

TEST_F(Faults, AFirstDeploymentThatADeafMasterHoldsUpIsTriedUntilItHearsAgain) {
  Plan plan = a_canary();
  plan.places.push_back(plan.places.front());
  plan.places.back().target = {"shop", "staging"};
  plan.heals = Duration(200'000);
  plan.entries.push_back(
      {.kind = Entry::Kind::proxy_deaf, .at = Duration(12'000), .lasts = Duration(30'000)});
  plan.entries.push_back({.kind = Entry::Kind::deploy, .place = 1, .at = Duration(13'000), .number = 1});
  const Report result = run(plan);
  EXPECT_FALSE(result.broken.has_value()) << result.broken->invariant << ": " << result.broken->detail;
  EXPECT_GT(result.marks.count("a reload failed since the master was deaf"), 0);
  EXPECT_GT(result.marks.count("a deaf master heard again, and reloaded"), 0);
}

TEST_F(Faults, AReloadThatTakesAPartIsAskedForAgain) {
  Marks marks;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Plan plan = a_canary();
    plan.seed = seed;
    for (int i = 0; i < 2; ++i) plan.places.push_back(plan.places.front());
    plan.places[1].target = {"shop", "staging"};
    plan.places[2].target = {"shop", "dr"};
    const Duration deaf(static_cast<std::int64_t>(11'000 + 100 * seed));
    plan.entries.push_back({.kind = Entry::Kind::proxy_deaf, .at = Duration(9'000), .lasts = deaf});
    plan.entries.push_back(
        {.kind = Entry::Kind::reload_half, .at = Duration(9'000), .lasts = Duration(60'000)});
    for (int place = 1; place <= 2; ++place)
      plan.entries.push_back(
          {.kind = Entry::Kind::deploy, .place = place, .at = Duration(9'500), .number = 1});
    const Report result = run(plan);
    EXPECT_FALSE(result.broken.has_value())
        << "seed " << seed << ": " << result.broken->invariant << ": " << result.broken->detail;
    marks.merge(result.marks);
  }
  for (const std::string_view mark :
       {"one reload served several targets", "a reload left one of several out",
        "a reload was taken back again", "a new worker wasn't told of the last change at once"})
    EXPECT_GT(marks.count(mark), 0) << mark;
}

TEST_F(Faults, AnyOfTheNextAppendsCanFail) {
  for (std::int64_t nth = 0; nth < 6; ++nth)
    EXPECT_GT(reached("the journal refused an append", {.kind = Entry::Kind::append_fails, .number = nth}),
              0);
}

TEST_F(Faults, APowerFailureInTheMiddleOfAnAppendLeavesAllOfItOrNothing) {
  const Entry fault{.kind = Entry::Kind::power_fails, .lasts = Duration(4'000)};
  EXPECT_GT(reached("the power failed before an append", fault), 0);
  EXPECT_GT(reached("the power failed after an append", fault), 0);
}

TEST_F(Faults, WhatADiskNeverWroteIsForgottenAndUsersAreServed) {
  for (std::int64_t lost = 1; lost <= 8; ++lost)
    EXPECT_GT(reached("the journal lost its tail",
                      {.kind = Entry::Kind::tail_lost, .lasts = Duration(4'000), .number = lost}),
              0);
}

TEST_F(Faults, ALeakIsJudgedByWhatItDoesToUsers) {
  Marks marks;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Plan plan = a_canary();
    plan.seed = seed;
    plan.places.front().judged = true;
    plan.entries.push_back({.kind = Entry::Kind::leaks, .number = 2});
    const Report result = run(plan);
    EXPECT_FALSE(result.broken.has_value()) << "seed " << seed;
    marks.merge(result.marks);
  }
  EXPECT_GT(marks.count("a leaking instance was killed"), 0);
  EXPECT_GT(marks.count("rolled back by a trigger"), 0);
}

// The core as it isn't: each weight chooses its users anew.
core::Step chooses_anew(core::TargetState state, const core::Event& event, Time now) {
  const auto mend = [](std::optional<core::Routing>& routing) {
    if (routing) routing->salt = routing->salt.substr(0, routing->salt.find('!'));
  };
  const auto spoil = [](core::Routing& routing) {
    if (routing.canary) routing.salt += fmt::format("!{}", routing.weight);
  };
  for (auto* routing : {&state.traffic.wanted, &state.traffic.applied, &state.traffic.sent}) mend(*routing);
  core::Step step = core::step(std::move(state), event, now);
  core::Traffic& traffic = step.state.traffic;
  for (auto* routing : {&traffic.wanted, &traffic.applied, &traffic.sent})
    if (*routing) spoil(**routing);
  for (core::Effect& effect : step.effects)
    if (auto* apply = std::get_if<core::ApplyRouting>(&effect.body)) spoil(apply->routing);
  return step;
}

TEST_F(Faults, UsersWhoAreSentBackAndForthAreNoticed) {
  Interference interference;
  interference.step = chooses_anew;
  const Report result = run(a_canary(), interference);
  ASSERT_TRUE(result.broken.has_value());
  EXPECT_EQ(result.broken->invariant, "sticky") << result.broken->detail;
  EXPECT_FALSE(run(a_canary()).broken.has_value());
}

}  // namespace
}  // namespace slipway::sim
