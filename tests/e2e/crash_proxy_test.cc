#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>

#include "e2e/world.h"

namespace slipway::e2e {
namespace {

// The proxy dies while both releases are warm: what it was told at run time only must be there again.
class CrashOfTheProxy : public World {
 protected:
  void begin_bake() {
    configure({.bake = "60s"});
    start_daemon();
    ASSERT_EQ(deploy("1.0.0", artifact("1.0.0"), {"--detach"}).status, 0);
    ASSERT_TRUE(reaches_end());
    ASSERT_EQ(deploy("1.1.0", artifact("1.1.0"), {"--detach"}).status, 0);
    ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == "bake"; })) << stage();
  }

  // Everything that decides where a request goes, without the addresses of memory and the times of changes.
  std::set<std::string> routing() const {
    std::set<std::string> lines;
    for (const char* map : {"stable", "canary", "weight", "salt", "fallback"}) {
      std::istringstream entries(ask_proxy(fmt::format("show map {}.map", map)));
      for (std::string address, key, value; entries >> address >> key >> value;)
        lines.insert(fmt::format("{}: {} = {}", map, key, value));
    }
    std::istringstream servers(ask_proxy("show servers state"));
    for (std::string line; std::getline(servers, line);) {
      std::istringstream words(line);
      std::string backend_id, backend, id, name, address, operational;
      words >> backend_id >> backend >> id >> name >> address >> operational;
      std::string port;
      for (int field = 6; field < 19; ++field) words >> port;
      if (backend.starts_with("shop."))
        lines.insert(fmt::format("{}/{} {}:{} {}", backend, name, address, port, operational));
    }
    return lines;
  }

  void expect_back_as_it_was() {
    const std::set<std::string> before = routing();
    ASSERT_GE(before.size(), 5u + 16u);
    const std::vector<pid_t> killed = pids("haproxy");
    const auto then = std::chrono::steady_clock::now();
    for (const pid_t pid : killed) kill(pid, SIGKILL);
    EXPECT_TRUE(eventually(Duration(10'000), [&] {
      const std::vector<pid_t> now = pids("haproxy");
      const auto answer = test::get(port(), "/api/version", Duration(500));
      return std::ranges::find_first_of(now, killed) == now.end() && answer && answer->status == 200;
    }));
    EXPECT_LT(std::chrono::steady_clock::now() - then, std::chrono::seconds(1));
    EXPECT_TRUE(eventually(Duration(5'000), [&] { return routing() == before; }))
        << testing::PrintToString(before) << "\n"
        << testing::PrintToString(routing());
    const auto users = load();
    EXPECT_TRUE(eventually(Duration(5'000), [&] { return users->so_far().requests > 300; }));
    const LoadReport report = users->stop();
    EXPECT_TRUE(clean(report));
    EXPECT_FALSE(report.versions.contains("1.0.0")) << report.text();
  }

  void expect_rollback_is_one_switch() {
    const auto users = load();
    EXPECT_EQ(slipway({"rollback", "production", "--detach"}).status, 0);
    EXPECT_TRUE(reaches_end());
    EXPECT_EQ(outcome(), "rolled_back");
    EXPECT_EQ(stable(), "1.0.0");
    EXPECT_TRUE(clean(users->stop()));
    EXPECT_TRUE(instances_are_as_told());
  }
};

TEST_F(CrashOfTheProxy, InBakeBringsBackBothReleases) {
  begin_bake();
  expect_back_as_it_was();
  expect_rollback_is_one_switch();
}

TEST_F(CrashOfTheProxy, InBakeWithTheDaemonAwayBringsBackBothReleases) {
  begin_bake();
  kill_daemon();
  expect_back_as_it_was();
  start_daemon();
  expect_rollback_is_one_switch();
}

// The last copy that is left serves, whatever becomes of the others.
TEST_F(CrashOfTheProxy, AndOfAnInstanceAtOnceWithTheDaemonAway) {
  begin_bake();
  kill_daemon();
  const std::vector<pid_t> instances = pids("shop");
  kill(instances.back(), SIGKILL);
  const std::vector<pid_t> proxies = pids("haproxy");
  for (const pid_t pid : proxies) kill(pid, SIGKILL);
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    const std::vector<pid_t> now = pids("haproxy");
    const auto answer = test::get(port(), "/api/version", Duration(500));
    return std::ranges::find_first_of(now, proxies) == now.end() && answer && answer->status == 200;
  }));
  const auto users = load();
  EXPECT_TRUE(eventually(Duration(10'000), [&] { return pids("shop").size() == instances.size(); }));
  start_daemon();
  EXPECT_TRUE(instances_are_as_told());
  expect_rollback_is_one_switch();
  EXPECT_TRUE(clean(users->stop()));
}

}  // namespace
}  // namespace slipway::e2e
