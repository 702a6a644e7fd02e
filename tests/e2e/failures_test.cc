#include <sys/mount.h>

#include <algorithm>
#include <csignal>

#include "e2e/world.h"

namespace slipway::e2e {
namespace {

using Instant = std::chrono::steady_clock::time_point;

class Failures : public World {
 protected:
  void begin(const Shape& shape = {}) {
    configure(shape);
    start_daemon();
    deploy_first();
  }
  void deploy_first() {
    const Ran ran = deploy("1.0.0", artifact("1.0.0"));
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
    ASSERT_TRUE(reaches_end());
  }
  // How long users get no answer after all of the proxy's processes were killed.
  Duration away_after_killing_the_proxy() {
    const std::vector<pid_t> before = pids("haproxy");
    EXPECT_FALSE(before.empty());
    const Instant killed = std::chrono::steady_clock::now();
    for (const pid_t pid : before) kill(pid, SIGKILL);
    EXPECT_TRUE(eventually(Duration(10'000), [&] {
      const std::vector<pid_t> now = pids("haproxy");
      if (std::ranges::find_first_of(now, before) != now.end()) return false;
      const auto answer = test::get(port(), "/", Duration(500));
      return answer && answer->status == 200;
    }));
    return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - killed);
  }
  std::string version_served() {
    const auto answer = test::get(port(), "/api/version");
    return answer ? answer->body : answer.error().message;
  }
};

TEST_F(Failures, AKilledProxyIsBackWithinASecondAsItWas) {
  begin();
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0")).status, 0);
  EXPECT_LT(away_after_killing_the_proxy(), Duration(1'000));
  EXPECT_NE(version_served().find("1.1.0"), std::string::npos) << version_served();
  // It can still be told what to do.
  const auto users = load();
  EXPECT_EQ(deploy("1.2.0", artifact("1.2.0")).status, 0);
  EXPECT_NE(version_served().find("1.2.0"), std::string::npos) << version_served();
  EXPECT_TRUE(clean(users->stop()));
}

TEST_F(Failures, AKilledProxyComesBackWithoutTheDaemon) {
  begin();
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0")).status, 0);
  ASSERT_TRUE(reaches_end());
  kill_daemon();
  EXPECT_LT(away_after_killing_the_proxy(), Duration(1'000));
  EXPECT_NE(version_served().find("1.1.0"), std::string::npos) << version_served();
  start_daemon();
  const auto users = load();
  EXPECT_EQ(deploy("1.2.0", artifact("1.2.0")).status, 0);
  EXPECT_NE(version_served().find("1.2.0"), std::string::npos) << version_served();
  EXPECT_TRUE(clean(users->stop()));
}

TEST_F(Failures, AKilledInstanceIsReplacedAndNoUserNotices) {
  begin();
  const auto users = load();
  const std::vector<pid_t> before = pids("shop");
  ASSERT_EQ(before.size(), 2u);
  kill(before.front(), SIGKILL);
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    const std::vector<pid_t> now = pids("shop");
    return now.size() == 2 && std::ranges::find(now, before.front()) == now.end();
  }));
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    const Json instances = status()["stable"]["instances"];
    return std::ranges::all_of(instances,
                               [](const Json& instance) { return instance["health"] == "healthy"; });
  })) << status().dump(2);
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Failures, AfterARebootStableServesAndWhatWasUnderWayIsAborted) {
  begin();
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0", {{"slow_start_ms", 15'000}}), {"--detach"}).status, 0);
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return stage() == "healthy"; })) << stage();
  if (!reboot()) GTEST_SKIP() << "only root may pretend another boot id";
  start_daemon();
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    const auto answer = test::get(port(), "/", Duration(500));
    return answer && answer->status == 200;
  }));
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_EQ(outcome(), "aborted");
  const std::string cause = status()["last"]["cause"];
  EXPECT_NE(cause.find("reboot"), std::string::npos) << cause;
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Failures, AfterARebootInBakeThePromotedReleaseServes) {
  begin({.bake = "60s"});
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0"), {"--detach"}).status, 0);
  ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == "bake"; })) << stage();
  if (!reboot()) GTEST_SKIP() << "only root may pretend another boot id";
  start_daemon();
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    const auto answer = test::get(port(), "/api/version", Duration(500));
    return answer && answer->status == 200;
  }));
  EXPECT_NE(version_served().find(stable()), std::string::npos) << version_served();
}

TEST_F(Failures, AFullDiskStartsNothingNewAndServesUsers) {
  if (!limit_data(64 << 20)) GTEST_SKIP() << "only root may mount a small file system";
  configure();
  start_daemon();
  deploy_first();
  const auto users = load();
  const std::vector<pid_t> before = pids("shop");
  fill_data();
  const Ran ran = deploy("1.1.0", artifact("1.1.0"));
  EXPECT_NE(ran.status, 0);
  EXPECT_NE((ran.out + ran.err).find("space"), std::string::npos) << ran.out << ran.err;
  EXPECT_EQ(pids("shop"), before);
  EXPECT_EQ(stable(), "1.0.0");
  empty_data();
  // By itself: nobody starts the daemon anew.
  EXPECT_TRUE(eventually(Duration(20'000), [&] { return deploy("1.1.0", artifact("1.1.0")).status == 0; }));
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.1.0");
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Failures, ADiskThatFillsUpInTheMiddleEndsWithUsersServed) {
  if (!limit_data(64 << 20)) GTEST_SKIP() << "only root may mount a small file system";
  configure();
  start_daemon();
  deploy_first();
  const auto users = load();
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0", {{"slow_start_ms", 1'000}}), {"--detach"}).status, 0);
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return stage() == "healthy"; })) << stage();
  fill_data();
  const std::uint64_t then = users->so_far().requests;
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return users->so_far().requests > then + 1'000; }));
  empty_data();
  EXPECT_TRUE(reaches_end());
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_TRUE(instances_are_as_told());
  EXPECT_EQ(deploy("1.2.0", artifact("1.2.0")).status, 0);
}

TEST_F(Failures, OnReadOnlyDataTheDaemonSaysSoAndUsersAreServed) {
  begin();
  const auto users = load();
  kill_daemon();
  // Laid over the folder: what the shims have open stays writable, as it would for a moment in reality too.
  if (mount(data().c_str(), data().c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      mount(nullptr, data().c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
    GTEST_SKIP() << "only root may mount";
  }
  const Ran ran = serve_again();
  EXPECT_EQ(umount2(data().c_str(), MNT_DETACH), 0);
  EXPECT_GT(ran.status, 0);
  EXPECT_NE((ran.out + ran.err).find("ead-only"), std::string::npos) << ran.out << ran.err;
  start_daemon();
  EXPECT_TRUE(instances_are_as_told());
  EXPECT_EQ(deploy("1.1.0", artifact("1.1.0")).status, 0);
  EXPECT_TRUE(clean(users->stop()));
}

}  // namespace
}  // namespace slipway::e2e
