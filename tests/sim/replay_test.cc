#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "base/log.h"
#include "sim/seeds.h"

namespace slipway::sim {
namespace {

// Plans that broke something once, or that show a fault by itself.
std::vector<std::filesystem::path> kept_plans() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(SLIPWAY_TEST_DATA "/simulations"))
    if (entry.path().extension() == ".plan") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class KeptPlan : public testing::TestWithParam<std::filesystem::path> {
 protected:
  void SetUp() override { set_log_level(LogLevel::none); }
  void TearDown() override { set_log_level(LogLevel::info); }
};

TEST_P(KeptPlan, BreaksNothing) {
  std::ifstream in(GetParam());
  const auto plan = parse_plan(std::string{std::istreambuf_iterator<char>(in), {}});
  ASSERT_TRUE(plan.has_value()) << plan.error().message;
  ASSERT_FALSE(plan->entries.empty());
  const Report result = run(*plan);
  if (result.broken) {
    std::string last;
    for (const std::string& line : result.last) last += line + "\n";
    FAIL() << result.broken->invariant << ": " << result.broken->detail << "\n" << last;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, KeptPlan, testing::ValuesIn(kept_plans()), [](const auto& of) {
  std::string name = of.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(Seeds, GiveTheSameHoweverManyThreadsRunThem) {
  set_log_level(LogLevel::none);
  const Tally one = run_seeds({.from = 1, .count = 60}, 1, Until::all_ran);
  const Tally three = run_seeds({.from = 1, .count = 60}, 3, Until::all_ran);
  EXPECT_TRUE(one.failures.empty());
  EXPECT_EQ(one.hash, three.hash);
  EXPECT_EQ(one.events, three.events);
  EXPECT_EQ(one.appends, three.appends);
  EXPECT_EQ(one.marks.pairs(), three.marks.pairs());
  EXPECT_NE(one.hash, run_seeds({.from = 2, .count = 60}, 3, Until::all_ran).hash);
}

}  // namespace
}  // namespace slipway::sim
