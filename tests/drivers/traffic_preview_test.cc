#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/json.h"
#include "drivers/traffic/haproxy_socket.h"
#include "os/file.h"
#include "support/wait.h"
#include "traffic_world.h"

// Looking at a release before users meet it, with a real HAProxy.
namespace slipway::test {
namespace {

using core::Pool;
using core::Target;

Answer preview(Proxy& proxy, int port) {
  return get(port, "/", "127.0.0.1",
             "X-Slipway-Preview: " + proxy.traffic().actual(production).preview_token + "\r\n");
}

TEST(HaproxyPreview, ShowsTheNewReleaseAtItsAddressAndByTheTokenWhileUsersMeetStable) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port(), aside = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = Pool::a;
  now.preview = "127.0.0.1:" + std::to_string(aside);
  proxy.apply(production, now);
  const std::string token = proxy.traffic().actual(production).preview_token;
  EXPECT_EQ(token.size(), 32U);
  EXPECT_EQ(get(aside).body, "a") << "nothing is previewed: as users";
  EXPECT_EQ(preview(proxy, port).body, "a");

  const int worker = proxy.worker();
  now.previewed = Pool::b;
  proxy.apply(production, now);
  EXPECT_EQ(proxy.worker(), worker) << "no reload";
  EXPECT_EQ(get(port).body, "a");
  EXPECT_EQ(get(aside).body, "b");
  EXPECT_EQ(preview(proxy, port).body, "b");
  EXPECT_EQ(b.last_request().find("review"), std::string::npos) << b.last_request();
  EXPECT_EQ(get(port, "/", "127.0.0.1", "X-Slipway-Preview: " + std::string(32, '0') + "\r\n").body, "a");
  EXPECT_EQ(a.last_request().find("review"), std::string::npos) << a.last_request();
  EXPECT_EQ(get(port, "/", "127.0.0.1", "X-Slipway-Preview:\r\n").body, "a");

  // Whatever weight and lease, and the same token for the next daemon.
  now = with_canary(now, 100);
  now.canary = Pool::a;
  now.stable = Pool::a;
  proxy.apply(production, now);
  EXPECT_EQ(preview(proxy, port).body, "b");
  ASSERT_TRUE(proxy.traffic().renew(production, in(Duration{-1})));
  EXPECT_EQ(preview(proxy, port).body, "b");
  ASSERT_TRUE(proxy.reopen());
  EXPECT_EQ(proxy.traffic().actual(production).preview_token, token);
  for (const char* name : {"routes.json", "token.map"}) {
    struct stat file{};
    ASSERT_EQ(::stat((proxy.dir() / name).c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0600U) << name;
  }
}

TEST(HaproxyPreview, IsToldWhoAnswered) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = Pool::a;
  now.fallback = Pool::b;
  proxy.apply(production, now);
  EXPECT_NE(preview(proxy, port).headers.find("x-slipway-pool: shop.production.a\r\n"), std::string::npos);
  EXPECT_EQ(get(port).headers.find("x-slipway-pool"), std::string::npos) << "told to anybody";
  // Users get an answer from the other release: whoever looks at this one must see that.
  a.kill();
  EXPECT_TRUE(eventually(Duration{10'000}, [&] {
    return preview(proxy, port).headers.find("x-slipway-pool: shop.production.b\r\n") != std::string::npos;
  }));
}

TEST(HaproxyPreview, IsOnNoTokenWhereTheProxyHasNone) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = Pool::a;
  now.previewed = Pool::b;
  proxy.apply(production, now);
  EXPECT_EQ(preview(proxy, port).body, "b");
  const drivers::haproxy::CommandLine worker(proxy.dir() / "runtime.sock");
  ASSERT_TRUE(worker.tell({"del map token.map shop.production"}));
  EXPECT_EQ(preview(proxy, port).body, "a");
  EXPECT_EQ(get(port, "/", "127.0.0.1", "X-Slipway-Preview: none\r\n").body, "a");
  EXPECT_EQ(get(port, "/", "127.0.0.1", "X-Slipway-Preview:\r\n").body, "a");
}

TEST(HaproxyPreview, NeverShowsAnotherReleaseWhenTheNewOneIsDead) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port(), aside = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 100);
  now.preview = "127.0.0.1:" + std::to_string(aside);
  now.previewed = Pool::b;
  now.fallback = Pool::a;
  proxy.apply(production, now);
  EXPECT_EQ(get(aside).body, "b");
  b.kill();
  ASSERT_TRUE(eventually(Duration{5000}, [&] { return get(port).body == "a"; })) << "users are on stable";
  for (const Answer& answer : {get(aside), preview(proxy, port)}) {
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.body.find("the new release has no instance that answers"), std::string::npos)
        << answer.body;
  }
}

TEST(HaproxyPreview, RefusesAnAddressThatAnotherProgramHas) {
  Proxy proxy;
  TinyServer a("a");
  core::Routing now = routing(free_port(), {&a});
  now.preview = "127.0.0.1:" + std::to_string(a.port());
  const core::Outcome outcome = proxy.try_apply(production, now);
  EXPECT_EQ(outcome.status, core::Outcome::Status::failed);
  EXPECT_NE(outcome.message.find("is in use by another program"), std::string::npos) << outcome.message;
}

TEST(HaproxyPreview, BeginsWithRoutesOfAProgramThatKnewNone) {
  Proxy proxy;
  TinyServer a("a");
  const int port = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  const std::string path = proxy.dir() / "routes.json";
  Json routes = Json::parse(os::read_file(path).value_or(""));
  routes["routes"][0].erase("preview_token");
  for (const char* key : {"preview", "previewed", "sticky"}) routes["routes"][0]["routing"].erase(key);
  std::ofstream(path) << routes.dump();
  const Status opened = proxy.reopen();
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(proxy.traffic().actual(production).preview_token.size(), 32U);
  const Status tended = proxy.traffic().tend();
  ASSERT_TRUE(tended) << tended.error().message;
  now.previewed = Pool::a;
  proxy.apply(production, now);
  EXPECT_EQ(preview(proxy, port).body, "a");
}

}  // namespace
}  // namespace slipway::test
