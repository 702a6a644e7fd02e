#include "sim/simulation.h"

#include <gtest/gtest.h>

#include "base/log.h"

namespace slipway::sim {
namespace {

class Simulated : public testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::none); }
  void TearDown() override { set_log_level(LogLevel::info); }
};

TEST_F(Simulated, SeedsBreakNothingAndGoTheSameWayTwice) {
  Marks marks;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const Plan plan = make_plan(seed);
    const Report result = run(plan);
    ASSERT_FALSE(result.broken.has_value())
        << "seed " << seed << " breaks " << result.broken->invariant << ": " << result.broken->detail << "\n"
        << describe(plan);
    marks.merge(result.marks);
    if (seed % 20 != 0) continue;
    EXPECT_EQ(run(plan).hash, result.hash) << "seed " << seed;
  }
  EXPECT_GT(marks.count("stuck"), 0);
  EXPECT_GT(marks.count("rolled back by a trigger"), 0);
  EXPECT_GT(marks.count("lost answer after success, then observed"), 0);
}

TEST_F(Simulated, APlanIsReadBackAsItWasPrinted) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const Plan plan = make_plan(seed);
    const auto again = parse_plan(describe(plan));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(*again, plan) << describe(plan);
  }
}

TEST_F(Simulated, APlanThatCanNotBeReadNamesTheLine) {
  const auto plan = parse_plan("seed 1\nheals 1000\ntarget shop/production steps=100:0\nexplode at=3\n");
  ASSERT_FALSE(plan.has_value());
  EXPECT_NE(plan.error().message.find("line 4"), std::string::npos) << plan.error().message;
  EXPECT_FALSE(parse_plan("seed 1\nheals 1000\ndeploy at=3 place=0\n").has_value());
}

TEST_F(Simulated, EachInvariantHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Invariant& invariant : all_invariants())
    EXPECT_TRUE(names.insert(invariant.name).second) << invariant.name;
}

}  // namespace
}  // namespace slipway::sim
