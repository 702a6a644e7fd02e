#include <future>

#include "e2e/world.h"

namespace slipway::e2e {
namespace {

class Deployment : public World {
 protected:
  // The daemon with 1.0.0 at work.
  void begin(const Shape& shape = {}) {
    configure(shape);
    start_daemon();
    const Ran ran = deploy("1.0.0", artifact("1.0.0"));
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  }
};

TEST_F(Deployment, ReplacesAReleaseUnderLoadWithoutAFailedRequest) {
  begin();
  const auto users = load();
  const Ran ran = deploy("1.1.0", artifact("1.1.0"));
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_TRUE(reaches_end());
  users->since_last();
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return users->so_far().versions["1.1.0"] > 100; }));
  EXPECT_FALSE(users->since_last().versions.contains("1.0.0"))
      << "the old release still serves after retirement";
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_EQ(stable(), "1.1.0");
  EXPECT_EQ(outcome(), "promoted");
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Deployment, WhoseSmokeTestFailsIsNeverSeenByAUser) {
  begin();
  const auto users = load();
  const Ran ran = deploy("1.2.0", artifact("1.2.0", {{"db_down", true}}));
  EXPECT_EQ(ran.status, 4) << ran.out << ran.err;
  EXPECT_TRUE(reaches_end());
  const LoadReport report = users->stop();
  EXPECT_TRUE(clean(report));
  EXPECT_FALSE(report.versions.contains("1.2.0"));
  EXPECT_EQ(stable(), "1.0.0");
  const Json last = status()["last"];
  EXPECT_NE(last["cause"].get<std::string>().find("Database connection"), std::string::npos) << last.dump(2);
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Deployment, IsTakenBackInBakeByOneSwitch) {
  begin({.bake = "60s"});
  const auto users = load();
  const Ran ran = deploy("1.1.0", artifact("1.1.0"), {"--detach"});
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == "bake"; })) << stage();
  const auto asked = std::chrono::steady_clock::now();
  const Ran rollback = slipway({"rollback", "production", "--reason", "users complain", "--detach"});
  EXPECT_EQ(rollback.status, 0) << rollback.out << rollback.err;
  EXPECT_TRUE(eventually(Duration(5'000), [&] {
    users->since_last();
    return eventually(Duration(50), [&] { return users->so_far().requests > 0; }) && stable() == "1.0.0";
  }));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(1));
  EXPECT_TRUE(reaches_end());
  users->since_last();
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return users->so_far().requests > 0; }));
  EXPECT_FALSE(users->since_last().versions.contains("1.1.0"));
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_EQ(outcome(), "rolled_back");
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Deployment, IsTakenBackAfterItsEndWithItsConfiguration) {
  begin({.env = {{"SHOP_LATENCY_MS", "\"0\""}}});
  configure({.env = {{"SHOP_LATENCY_MS", "\"1\""}}});
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0")).status, 0);
  ASSERT_TRUE(reaches_end());
  const auto users = load();
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return users->so_far().injected > 0; }));
  const Ran ran = slipway({"rollback", "production", "--wait"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.0.0");
  users->since_last();
  EXPECT_TRUE(eventually(Duration(5'000), [&] { return users->so_far().versions["1.0.0"] > 100; }));
  EXPECT_EQ(users->since_last().injected, 0u) << "the configuration of 1.1.0 is still in use";
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Deployment, ThatIsAbortedWhileItStartsLeavesUsersWhereTheyWere) {
  begin();
  const auto users = load();
  ASSERT_EQ(deploy("1.1.0", artifact("1.1.0", {{"slow_start_ms", 15'000}}), {"--detach"}).status, 0);
  ASSERT_TRUE(eventually(Duration(10'000), [&] { return stage() == "healthy"; })) << stage();
  const Ran ran = slipway({"abort", "production"});
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "aborted");
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_FALSE(users->so_far().versions.contains("1.1.0"));
  EXPECT_TRUE(clean(users->stop()));
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Deployment, ThatNeverGetsHealthyIsTakenBackByItself) {
  begin({.grace = "2s"});
  const auto users = load();
  const Ran ran = deploy("1.1.0", artifact("1.1.0", {{"unhealthy", true}}));
  EXPECT_EQ(ran.status, 4) << ran.out << ran.err;
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_FALSE(users->so_far().versions.contains("1.1.0"));
  EXPECT_TRUE(clean(users->stop()));
}

TEST_F(Deployment, LetsALongResponseEndOnTheOldRelease) {
  begin({.drain = "20s"});
  auto response =
      std::async(std::launch::async, [&] { return test::get(port(), "/slow?ms=4000", Duration(15'000)); });
  ASSERT_TRUE(eventually(Duration(5'000), [&] {
    const auto answer = test::get(port(), "/");
    return answer && answer->status == 200;
  }));
  EXPECT_EQ(deploy("1.1.0", artifact("1.1.0")).status, 0);
  const auto answer = response.get();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_NE(answer->head.find("x-version: 1.0.0"), std::string::npos) << answer->head;
  EXPECT_NE(answer->body.find("part 40 of 40"), std::string::npos) << answer->body;
  EXPECT_TRUE(reaches_end());
}

TEST_F(Deployment, OfASecondServiceCostsTheFirstOneNothing) {
  begin();
  const auto users = load();
  configure({.service = "cart"});
  const Ran ran = deploy("5.0.0", artifact("5.0.0"), {"--wait"}, "cart");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  const auto answer = test::get(port("cart"), "/");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_NE(answer->head.find("x-version: 5.0.0"), std::string::npos) << answer->head;
  const LoadReport report = users->stop();
  EXPECT_TRUE(clean(report));
  EXPECT_FALSE(report.versions.contains("5.0.0"));
  EXPECT_TRUE(instances_are_as_told());
}

TEST_F(Deployment, WithASecretTellsItToTheInstancesAlone) {
  const std::string secret = "s3cr3t-of-the-test-58121";
  configure({.env = {{"SESSION_KEY", "{secret: E2E_SESSION_KEY}"}}});
  start_daemon({"E2E_SESSION_KEY=" + secret});
  const Ran ran = deploy("1.0.0", artifact("1.0.0"));
  ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  const auto holds = [&](const std::vector<std::string>& words) {
    const Ran found = test::run({words, {}, {}});
    return found.out + found.err;
  };
  for (const pid_t pid : pids("shop")) {
    EXPECT_NE(holds({"grep", "-ac", secret, "/proc/" + std::to_string(pid) + "/environ"}), "0\n");
  }
  EXPECT_EQ(holds({"grep", "-rlaF", "--devices=skip", secret, data()}), "");
  EXPECT_EQ(daemon_log().find(secret), std::string::npos);
  EXPECT_EQ(status().dump().find(secret), std::string::npos);
  for (const char* command : {"status", "history", "releases", "logs"}) {
    const Ran told = slipway({command, "production"});
    EXPECT_EQ((told.out + told.err).find(secret), std::string::npos) << command;
  }
  for (const Process& process : test::descendants()) {
    EXPECT_EQ(process.line.find(secret), std::string::npos) << process.line;
  }
}

}  // namespace
}  // namespace slipway::e2e
