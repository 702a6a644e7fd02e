#include <algorithm>

#include "e2e/world.h"

namespace slipway::e2e {
namespace {

class Daemon : public World {
 protected:
  void begin(const Shape& shape = {}) {
    configure(shape);
    start_daemon();
    const Ran ran = deploy("1.0.0", artifact("1.0.0"));
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  }
};

TEST_F(Daemon, RefusesASecondOneOnItsData) {
  configure();
  start_daemon();
  const Ran second = serve_again();
  EXPECT_GT(second.status, 0) << "it was started";
  EXPECT_LT(second.status, 128);
  EXPECT_NE((second.out + second.err).find(data().string()), std::string::npos) << second.out << second.err;
  EXPECT_EQ(slipway({"status"}).status, 0);
}

TEST_F(Daemon, ThatIsAwayLeavesUsersServedAndFindsEverythingAgain) {
  begin();
  const std::vector<pid_t> before = pids("shop");
  const auto users = load();
  kill_daemon();
  EXPECT_EQ(slipway({"status"}).status, 5);
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return users->so_far().requests > 300; }));
  start_daemon();
  EXPECT_TRUE(instances_are_as_told());
  EXPECT_EQ(pids("shop"), before);
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_EQ(pids("haproxy").empty(), false);
  EXPECT_TRUE(clean(users->stop()));
}

class DaemonKilled : public Daemon, public testing::WithParamInterface<const char*> {};

// The stages that last long enough to be met from outside; the quick ones in between are met by the delays
// below.
TEST_P(DaemonKilled, InThisStageFinishesTheDeployment) {
  Shape shape{.bake = "800ms"};
  shape.smoke_tests = {R"({name: Slow, run: ["/bin/sleep", "0.4"]})"};
  begin(shape);
  const auto users = load();
  const Ran ran = deploy("1.1.0", artifact("1.1.0", {{"slow_start_ms", 500}}), {"--detach"});
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == GetParam(); })) << stage() << outcome();
  kill_daemon();
  start_daemon();
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "promoted") << status().dump(2);
  EXPECT_EQ(stable(), "1.1.0");
  EXPECT_TRUE(instances_are_as_told());
  EXPECT_TRUE(clean(users->stop()));
}

INSTANTIATE_TEST_SUITE_P(Stages, DaemonKilled, testing::Values("healthy", "smoke tests", "verify", "bake"),
                         [](const auto& stage) {
                           std::string name = stage.param;
                           std::erase(name, ' ');
                           return name;
                         });

TEST_F(Daemon, KilledAgainAndAgainAtAnyMomentLosesNothing) {
  begin({.bake = "200ms"});
  const auto users = load();
  int release = 1;
  for (int delay = 0; delay < 600; delay += 60) {
    const std::string version = fmt::format("1.{}.0", release++);
    const Ran ran = deploy(version, artifact(version), {"--detach"});
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(delay);
    eventually(Duration(delay + 1'000), [&] { return std::chrono::steady_clock::now() >= until; });
    kill_daemon();
    start_daemon();
    ASSERT_TRUE(reaches_end());
    EXPECT_EQ(outcome(), "promoted") << "killed after " << delay << " ms: " << status().dump(2);
    EXPECT_EQ(stable(), version);
    EXPECT_TRUE(instances_are_as_told());
  }
  EXPECT_TRUE(clean(users->stop()));
}

}  // namespace
}  // namespace slipway::e2e
