#include <csignal>
#include <future>

#include "e2e/canary.h"

// What breaks while users are on a canary, or on their way back from it.
namespace slipway::e2e {
namespace {

class DisturbedCanary : public CanaryWorld {
 protected:
  void begin_at(int share, const std::string& lease = "15s") {
    begin({.bake = "2s",
           .steps = {fmt::format("{{weight: {}, hold: 1m}}", share), "{weight: 100}"},
           .lease = lease});
    deploy_beside("1.1.0");
    ASSERT_TRUE(comes_to(share));
  }
  // What the next five hundred requests meet.
  static LoadReport next(Load& users) {
    users.since_last();
    const auto before = users.so_far().requests;
    EXPECT_TRUE(eventually(Duration(10'000), [&] { return users.so_far().requests >= before + 500; }));
    return users.since_last();
  }
  // Everybody is on `version`, and nobody's request fails.
  void expect_all_on(const std::string& version) {
    const auto users = load(8, "shop", 1000);
    EXPECT_TRUE(eventually(Duration(10'000), [&] { return users->so_far().requests > 500; }));
    const LoadReport report = users->stop();
    EXPECT_TRUE(clean(report));
    EXPECT_EQ(report.versions.size(), 1U) << report.text();
    EXPECT_TRUE(report.versions.contains(version)) << report.text();
  }
};

TEST_F(DisturbedCanary, WhoseDaemonDiesGivesItsUsersBackWithinTheLease) {
  begin_at(50, "3s");
  const auto users = load(8, "shop", 1000);
  kill_daemon();
  EXPECT_TRUE(next(*users).versions.contains("1.1.0"))
      << "the canary has lost its users before the lease ran out";
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return !next(*users).versions.contains("1.1.0"); }));
  expect_all_on("1.0.0");
  EXPECT_TRUE(clean(users->stop()));

  start_daemon();
  EXPECT_TRUE(comes_to(50)) << "the lease isn't renewed by the next daemon";
  EXPECT_TRUE(told(2, "holding 50 % starts again")) << timeline(2);
  say("abort");
  EXPECT_TRUE(reaches_end());
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(DisturbedCanary, WhoseDaemonDiesAfterPromotionServesOn) {
  begin({.bake = "1m", .steps = {"{weight: 50, hold: 1m}", "{weight: 100}"}, .lease = "3s"});
  deploy_beside("1.1.0");
  ASSERT_TRUE(comes_to(50));
  say("promote");
  ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == "bake"; })) << stage();
  const auto users = load(8, "shop", 1000);
  kill_daemon();
  const auto killed = std::chrono::steady_clock::now();
  // That nothing happens can only be seen by letting the time pass in which it would: the lease's, and a
  // second.
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    return std::chrono::steady_clock::now() - killed > std::chrono::milliseconds(4'000);
  }));
  const LoadReport report = users->stop();
  EXPECT_TRUE(clean(report));
  EXPECT_FALSE(report.versions.contains("1.0.0")) << report.text();
  start_daemon();
  EXPECT_EQ(stable(), "1.1.0");
}

TEST_F(DisturbedCanary, IsTakenBackThoughTheProxyIsKilledAtThatMoment) {
  begin_at(50);
  signal_all(pids("haproxy"), SIGKILL);
  say("abort");
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "aborted");
  expect_all_on("1.0.0");
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(DisturbedCanary, IsTakenBackThoughTheDaemonIsKilledAtThatMoment) {
  begin_at(50);
  const auto users = load(8, "shop", 1000);
  say("abort", {"--detach"});
  kill_daemon();
  start_daemon();
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "aborted");
  EXPECT_TRUE(clean(users->stop()));
  expect_all_on("1.0.0");
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(DisturbedCanary, IsTakenBackThoughItsInstancesAreKilledAtThatMoment) {
  begin_at(50);
  signal_all(of("canary"), SIGKILL);
  say("abort");
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "aborted");
  expect_all_on("1.0.0");
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(DisturbedCanary, KeepsItsUsersWhileStableHasNoHealthyInstance) {
  begin_at(50);
  const std::vector<pid_t> stopped = of("stable");
  signal_all(stopped, SIGSTOP);
  EXPECT_TRUE(eventually(Duration(20'000), [&] {
    const Json view = status();
    return std::ranges::all_of(view["stable"]["instances"],
                               [](const Json& instance) { return instance["health"] != "healthy"; });
  }));
  say("abort", {"--detach"});
  EXPECT_TRUE(eventually(Duration(20'000), [&] { return status()["deployment"]["stuck"].is_object(); }));
  EXPECT_NE(status()["deployment"]["stuck"]["reason"].get<std::string>().find("0 of 2 healthy"),
            std::string::npos);
  // Half of the users were on stable: the proxy itself gives them to the canary, once its own checks have
  // failed.
  EXPECT_TRUE(eventually(Duration(20'000), [&] {
    for (int user = 0; user < 20; ++user)
      if (!test::get(port(), "/", Duration(500), fmt::format("Cookie: sid=user-{}\r\n", user))) return false;
    return true;
  }));
  expect_all_on("1.1.0");
  signal_all(stopped, SIGCONT);
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "aborted");
  expect_all_on("1.0.0");
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(DisturbedCanary, IsStuckWhileTheProxyCannotBeToldAndGoesBackOnceItCan) {
  begin_at(50);
  const auto users = load(8, "shop", 1000);
  const std::filesystem::path socket = data() / "proxy" / "runtime.sock";
  std::filesystem::rename(socket, data() / "proxy" / "runtime.gone");
  say("abort", {"--detach"});
  EXPECT_TRUE(eventually(Duration(30'000), [&] { return status()["deployment"]["stuck"].is_object(); }));
  EXPECT_NE(daemon_log().find("stuck"), std::string::npos);
  std::filesystem::rename(data() / "proxy" / "runtime.gone", socket);
  EXPECT_TRUE(reaches_end(Duration(60'000)));
  EXPECT_EQ(outcome(), "aborted");
  EXPECT_TRUE(clean(users->stop()));
  expect_all_on("1.0.0");
  EXPECT_TRUE(instances_are_as_told());
}

}  // namespace
}  // namespace slipway::e2e
