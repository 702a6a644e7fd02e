#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.h"
#include "sim/meddling.h"
#include "sim/shrink.h"

// The simulator must notice what it is there to notice.
namespace slipway::sim {
namespace {

constexpr std::uint64_t within = 2000;

class PlantedBug : public testing::TestWithParam<Bug> {
 protected:
  void SetUp() override { set_log_level(LogLevel::none); }
  void TearDown() override { set_log_level(LogLevel::info); }
};

TEST_P(PlantedBug, IsCaught) {
  const Bug& bug = GetParam();
  for (std::uint64_t seed = 1; seed <= within; ++seed) {
    const Plan plan = make_plan(seed);
    const Report result = run(plan, bug.plant());
    if (!result.broken) continue;
    EXPECT_NE(std::ranges::find(bug.breaks, result.broken->invariant), bug.breaks.end())
        << "seed " << seed << " breaks " << result.broken->invariant << ": " << result.broken->detail;
    RecordProperty("seeds", static_cast<int>(seed));
    fmt::print("caught after {} seeds: {}: {}\n", seed, bug.name, result.broken->detail);
    return;
  }
  FAIL() << bug.name << " isn't caught within " << within << " seeds";
}

INSTANTIATE_TEST_SUITE_P(Of, PlantedBug, testing::ValuesIn(all_bugs()), [](const auto& of) {
  std::string name;
  bool begins = true;
  for (const char c : of.param.name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) name += begins && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    begins = !letter && c != '\'';
  }
  return name;
});

TEST(Shrinking, LeavesAFewEntriesThatBreakTheSameWhenReadBack) {
  set_log_level(LogLevel::none);
  const std::vector<Bug> bugs = all_bugs();
  const auto bug = std::ranges::find(bugs, "takes failed smoke tests for passed", &Bug::name);
  ASSERT_NE(bug, bugs.end());
  for (std::uint64_t seed = 1; seed <= within; ++seed) {
    const Plan plan = make_plan(seed);
    const Report result = run(plan, bug->plant());
    if (!result.broken) continue;
    const Shrunk shrunk = shrink(plan, result, bug->plant());
    EXPECT_LE(shrunk.plan.entries.size(), 3U) << describe(shrunk.plan);
    const auto again = parse_plan(describe(shrunk.plan));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    const Report replayed = run(*again, bug->plant());
    ASSERT_TRUE(replayed.broken.has_value());
    EXPECT_EQ(replayed.broken->invariant, result.broken->invariant);
    EXPECT_FALSE(run(*again).broken.has_value()) << "breaks without the bug as well";
    return;
  }
  FAIL() << "nothing to shrink";
}

}  // namespace
}  // namespace slipway::sim
