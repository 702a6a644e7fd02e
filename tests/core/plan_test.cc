#include "core/plan.h"

#include <gtest/gtest.h>

#include "core/json.h"

namespace slipway::core {
namespace {

Bound canary() {
  Bound bound;
  bound.strategy.steps = {{5, Duration{300'000}, true}, {25, Duration{600'000}}, {100, Duration{0}}};
  return bound;
}

std::vector<Stage> holds(Request::Kind kind) {
  std::vector<Stage> list;
  for (const Stage& stage : plan(canary(), kind, true))
    if (stage.kind == Stage::Kind::hold) list.push_back(stage);
  return list;
}

TEST(Plan, HoldsMayEndEarlyWhereTheirStepsSaySo) {
  EXPECT_EQ(holds(Request::Kind::deploy),
            (std::vector<Stage>{{Stage::Kind::hold, 5, Duration{300'000}, true},
                                {Stage::Kind::hold, 25, Duration{600'000}, false}}));
  EXPECT_TRUE(holds(Request::Kind::rollback).empty());
}

TEST(Plan, DescribesAHoldThatMayEndEarly) {
  const auto early = holds(Request::Kind::deploy);
  ASSERT_EQ(early.size(), 2U);
  EXPECT_EQ(describe(early[0]), "hold for 5 min, or less once the judge accepts");
  EXPECT_EQ(describe(early[1]), "hold for 10 min");
}

TEST(Plan, StagesOfAnOlderSlipwayEndNoHoldEarly) {
  const auto stage = Json::parse(R"({"kind":"hold","weight":5,"duration":300000})").get<Stage>();
  EXPECT_EQ(stage, (Stage{Stage::Kind::hold, 5, Duration{300'000}, false}));
}

TEST(Plan, StrategiesOfAnOlderSlipwayAreJudgedByTheDefaults) {
  Json json = canary();
  json["strategy"].erase("judge");
  for (Json& step : json["strategy"]["steps"]) step.erase("early");
  Bound expected = canary();
  expected.strategy.steps.front().early = false;
  EXPECT_EQ(json.get<Bound>(), expected);
}

}  // namespace
}  // namespace slipway::core
