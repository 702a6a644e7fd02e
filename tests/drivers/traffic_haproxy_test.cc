#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "os/file.h"
#include "support/load.h"
#include "support/wait.h"
#include "traffic_world.h"

// With a real HAProxy, and tiny servers.
namespace slipway::test {
namespace {

using core::Outcome;
using core::Pool;
using core::Target;

// How many of 100 sources meet `name`.
int share(int port, const std::string& name) {
  int count = 0;
  for (int source = 1; source <= 100; ++source) {
    if (get(port, "/", "127.0.1." + std::to_string(source)).body == name) ++count;
  }
  return count;
}

TEST(HaproxyTraffic, SaysThatNothingIsDeployedUntilAStablePoolIsSet) {
  Proxy proxy;
  TinyServer one("one");
  const int port = free_port();
  core::Routing first = routing(port, {&one});
  proxy.apply(production, first);
  const Answer none = get(port);
  EXPECT_EQ(none.status, 503);
  EXPECT_NE(none.body.find("shop/production isn't deployed yet"), std::string::npos) << none.body;
  EXPECT_TRUE(proxy.seen(production, first));

  first.stable = Pool::a;
  EXPECT_FALSE(proxy.seen(production, first));
  proxy.apply(production, first);
  EXPECT_EQ(get(port).body, "one");
  EXPECT_TRUE(proxy.seen(production, first));
  const auto actual = proxy.traffic().actual(production);
  EXPECT_TRUE(actual.up) << actual.problem;
  EXPECT_EQ(actual.weight, 0);
  EXPECT_EQ(actual.servers_up_a, 1);
  EXPECT_EQ(actual.servers_up_b, 0);
}

TEST(HaproxyTraffic, SwitchesPoolsUnderLoadWithoutLosingARequest) {
  Proxy proxy;
  TinyServer a1("a"), a2("a"), b1("b"), b2("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a1, &a2}, {&b1, &b2});
  now.stable = Pool::a;
  proxy.apply(production, now);
  const int worker = proxy.worker();
  auto load = Load::start({.port = port, .pause = Duration{0}});
  for (int i = 0; i < 10; ++i) {
    now.stable = i % 2 == 0 ? Pool::b : Pool::a;
    proxy.apply(production, now);
    const Pool left = i % 2 == 0 ? Pool::a : Pool::b;
    EXPECT_EQ(proxy.await_drained(production, left, Duration{2000}).in_flight, 0);
    load->since_last();
    const std::string name = i % 2 == 0 ? "b" : "a";
    EXPECT_TRUE(eventually(Duration{2000}, [&] { return load->since_last().versions[name] > 50; }));
    EXPECT_EQ(get(port).body, name);
  }
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
  EXPECT_EQ(proxy.worker(), worker) << "a switch is no reload";
}

TEST(HaproxyTraffic, AddsAListenerUnderLoadWithoutLosingARequest) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port(), other = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  auto load = Load::start({.port = port, .pause = Duration{0}});
  ASSERT_TRUE(eventually(Duration{2000}, [&] { return load->so_far().requests > 100; }));
  const int worker = proxy.worker();
  core::Routing second = routing(other, {&b});
  second.stable = Pool::a;
  proxy.apply(staging, second);
  EXPECT_EQ(get(other).body, "b");
  EXPECT_NE(proxy.worker(), worker);
  const auto requests = load->so_far().requests;
  EXPECT_TRUE(eventually(Duration{2000}, [&] { return load->so_far().requests > requests + 500; }));
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
}

TEST(HaproxyTraffic, ComesBackWithinASecondAsItWasWhenMasterOrWorkerIsKilled) {
  Proxy proxy;
  TinyServer a("a"), b("b"), b2("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  now = routing(port, {&a}, {&b, &b2});  // all of it without a reload
  now.stable = Pool::b;
  proxy.apply(production, now);
  for (const bool kill_master : {true, false}) {
    const int before = proxy.worker();
    ASSERT_EQ(::kill(kill_master ? proxy.master() : before, SIGKILL), 0);
    EXPECT_TRUE(eventually(Duration{1000}, [&] {
      const int after = proxy.worker();
      return after != 0 && after != before && get(port).body == "b";
    }));
    EXPECT_TRUE(proxy.seen(production, now));
    EXPECT_EQ(proxy.traffic().actual(production).servers_up_b, 2);
  }
}

TEST(HaproxyTraffic, SendsAShareOfTheUsersToTheCanaryWhileItsLeaseIsRenewed) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 0);
  proxy.apply(production, now);
  EXPECT_EQ(share(port, "b"), 0);
  now.weight = 50;
  proxy.apply(production, now);
  const int half = share(port, "b");
  EXPECT_GT(half, 25);
  EXPECT_LT(half, 75);
  EXPECT_EQ(share(port, "b"), half) << "the same users again";
  EXPECT_EQ(proxy.traffic().actual(production).weight, 50);
  now.weight = 100;
  proxy.apply(production, now);
  EXPECT_EQ(share(port, "b"), 100);
  EXPECT_EQ(proxy.traffic().actual(production).weight, 100);

  ASSERT_TRUE(proxy.traffic().renew(production, in(Duration{300})));
  EXPECT_TRUE(eventually(Duration{1500}, [&] { return get(port).body == "a"; }));
  EXPECT_EQ(share(port, "a"), 100);
  EXPECT_EQ(proxy.traffic().actual(production).weight, 0);
  ASSERT_TRUE(proxy.traffic().renew(production, in(Duration{60'000})));
  EXPECT_EQ(get(port).body, "b");

  // Promotion: stable first, and no lease from then on.
  now.stable = Pool::b;
  now.canary.reset();
  now.weight = 0;
  proxy.apply(production, now);
  EXPECT_EQ(share(port, "b"), 100);
}

TEST(HaproxyTraffic, KeepsTheLastRenewalWhenItComesBack) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 100);
  now.lease = Duration{1};
  proxy.apply(production, now);
  ASSERT_TRUE(proxy.traffic().renew(production, in(Duration{60'000})));
  const int before = proxy.worker();
  ASSERT_EQ(::kill(proxy.master(), SIGKILL), 0);
  ASSERT_TRUE(eventually(Duration{2000}, [&] {
    const int after = proxy.worker();
    return after != 0 && after != before;
  }));
  EXPECT_EQ(get(port).body, "b");
  ASSERT_TRUE(proxy.reopen());
  EXPECT_TRUE(proxy.seen(production, now));
  ASSERT_TRUE(proxy.traffic().tend());
  EXPECT_EQ(get(port).body, "b");
}

TEST(HaproxyTraffic, ComesUpWithoutLeasesThatEndedWithABoot) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 100);
  now.lease = Duration{60'000};
  proxy.apply(production, now);
  ASSERT_EQ(get(port).body, "b");
  ASSERT_TRUE(proxy.traffic().stop());
  ASSERT_TRUE(proxy.reopen());
  ASSERT_TRUE(proxy.traffic().end_leases());
  // The daemon that ended them died before it started anything.
  ASSERT_TRUE(proxy.reopen());
  ASSERT_TRUE(proxy.traffic().tend());
  EXPECT_TRUE(eventually(Duration{5000}, [&] { return get(port).body == "a"; }));
  EXPECT_EQ(proxy.traffic().actual(production).weight, 0);
}

TEST(HaproxyTraffic, SendsOtherUsersFirstInAnotherDeployment) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 50);
  proxy.apply(production, now);
  std::vector<std::string> met;
  for (int i = 1; i <= 60; ++i) met.push_back(get(port, "/", "127.0.2." + std::to_string(i)).body);
  now.salt = "2";
  proxy.apply(production, now);
  int moved = 0;
  for (int i = 1; i <= 60; ++i) {
    if (get(port, "/", "127.0.2." + std::to_string(i)).body != met[static_cast<std::size_t>(i - 1)]) ++moved;
  }
  EXPECT_GT(moved, 10);
}

TEST(HaproxyTraffic, LetsALongAnswerAndAWebSocketEndAfterASwitchAndCountsThemInFlight) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = Pool::a;
  proxy.apply(production, now);
  Client web_socket(port), slow(port);
  web_socket.send(
      "GET /echo HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  ASSERT_NE(web_socket.receive("\r\n\r\n").find(" 101 "), std::string::npos);
  slow.send("GET /held HTTP/1.1\r\nHost: shop\r\n\r\n");
  ASSERT_TRUE(eventually(Duration{2000}, [&] { return a.held() == 1; }));

  now.stable = Pool::b;
  proxy.apply(production, now);
  EXPECT_EQ(get(port).body, "b");
  EXPECT_EQ(proxy.await_drained(production, Pool::a, Duration{100}).in_flight, 2);
  EXPECT_EQ(proxy.traffic().actual(production).in_flight_a, 2);

  // A reload leaves both to a worker that has been replaced.
  core::Routing second = routing(free_port(), {&b});
  second.stable = Pool::a;
  proxy.apply(staging, second);
  EXPECT_EQ(proxy.await_drained(production, Pool::a, Duration{100}).in_flight, 2);
  web_socket.send("hello");
  EXPECT_EQ(web_socket.receive("hello"), "hello");
  a.let_go();
  EXPECT_NE(slow.receive("\r\n\r\na").find("200 OK"), std::string::npos);
  std::thread closes([&] { web_socket = Client(port); });
  const Outcome drained = proxy.await_drained(production, Pool::a, Duration{5000});
  closes.join();
  EXPECT_EQ(drained.in_flight, 0);
  EXPECT_EQ(drained.status, Outcome::Status::done);
}

TEST(HaproxyTraffic, TellsReplacedWorkersOfASwitchToo) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = Pool::a;
  proxy.apply(production, now);
  Client kept(port), holder(port);
  kept.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_TRUE(kept.receive("\r\n\r\na").ends_with("a"));
  holder.send("GET /held HTTP/1.1\r\nHost: shop\r\n\r\n");
  ASSERT_TRUE(eventually(Duration{2000}, [&] { return a.held() == 1; }));
  core::Routing second = routing(free_port(), {&b});
  proxy.apply(staging, second);
  now.stable = Pool::b;
  proxy.apply(production, now);
  kept.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  const std::string answer = kept.receive("\r\n\r\nb");
  EXPECT_TRUE(answer.ends_with("b")) << answer;
  a.let_go();
}

TEST(HaproxyTraffic, RefusesAnAddressThatAnotherProgramHasAndServesOn) {
  Proxy proxy;
  TinyServer a("a"), other("other");
  const int port = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  const Outcome taken = proxy.try_apply(staging, routing(other.port(), {&a}));
  EXPECT_EQ(taken.status, Outcome::Status::failed);
  EXPECT_NE(taken.message.find("127.0.0.1:" + std::to_string(other.port()) + " is in use by another program"),
            std::string::npos)
      << taken.message;
  const Outcome twice = proxy.try_apply(staging, now);
  EXPECT_EQ(twice.status, Outcome::Status::failed);
  EXPECT_NE(twice.message.find("is the listener of shop/production already"), std::string::npos)
      << twice.message;
  EXPECT_EQ(get(port).body, "a");
  EXPECT_TRUE(proxy.seen(production, now));
}

TEST(HaproxyTraffic, NoUserMeetsAKilledInstanceWhereAnotherServes) {
  Proxy proxy;
  TinyServer one("one"), two("two"), three("three");
  const int port = free_port();
  core::Routing now = routing(port, {&one, &two, &three});
  now.stable = Pool::a;
  proxy.apply(production, now);
  auto load = Load::start({.port = port, .pause = Duration{0}});
  ASSERT_TRUE(eventually(Duration{2000}, [&] { return load->so_far().requests > 100; }));
  two.kill();
  EXPECT_TRUE(
      eventually(Duration{3000}, [&] { return proxy.traffic().actual(production).servers_up_a == 2; }));
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
}

TEST(HaproxyTraffic, FallsToTheFallbackAloneWhenStableIsDead) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = core::Pool::a;
  proxy.apply(production, now);
  EXPECT_EQ(get(port).body, "a");
  a.kill();
  const auto stable_is_down = [&] { return proxy.traffic().actual(production).servers_up_a == 0; };
  ASSERT_TRUE(eventually(Duration{5000}, stable_is_down));
  EXPECT_EQ(get(port).status, 503) << "users don't meet what they were never given";
  now.fallback = core::Pool::b;
  proxy.apply(production, now);
  EXPECT_EQ(get(port).body, "b");
}

TEST(HaproxyTraffic, ADeadCanarysUsersAreOnStable) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  proxy.apply(production, with_canary(routing(port, {&a}, {&b}), 100));
  EXPECT_EQ(get(port).body, "b");
  b.kill();
  EXPECT_TRUE(eventually(Duration{5000}, [&] { return get(port).body == "a"; }));
}

TEST(HaproxyTraffic, GivesASlotToTheNextDeploymentsInstance) {
  Proxy proxy;
  TinyServer a("a"), b("b"), c("c");
  const int port = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = Pool::b;
  proxy.apply(production, now);
  now.a.servers = {{{3, 1}, c.port()}};
  proxy.apply(production, now);
  now.stable = Pool::a;
  proxy.apply(production, now);
  EXPECT_EQ(share(port, "c"), 100);
  now.b.servers.clear();
  proxy.apply(production, now);
  EXPECT_EQ(proxy.traffic().actual(production).servers_up_b, 0);
}

TEST(HaproxyTraffic, ReloadsForMoreSlotsThanItHas) {
  Proxy proxy;
  TinyServer a("a");
  const int port = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  auto load = Load::start({.port = port, .pause = Duration{0}});
  for (int ordinal = 2; ordinal <= 12; ++ordinal) now.a.servers.push_back({{1, ordinal}, a.port()});
  proxy.apply(production, now);
  EXPECT_EQ(proxy.traffic().actual(production).servers_up_a, 12);
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
}

TEST(HaproxyTraffic, StartsAgainWhatIsGoneWithItsShim) {
  Proxy proxy;
  TinyServer a("a");
  const int port = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  ASSERT_TRUE(proxy.traffic().stop());
  EXPECT_EQ(get(port).status, 0);
  EXPECT_FALSE(proxy.traffic().actual(production).up);
  EXPECT_EQ(proxy.await_drained(production, Pool::a, Duration{5000}).in_flight, 0);
  ASSERT_TRUE(proxy.reopen());
  ASSERT_TRUE(proxy.traffic().tend());
  EXPECT_TRUE(eventually(Duration{2000}, [&] { return get(port).body == "a"; }));
  EXPECT_TRUE(proxy.seen(production, now));
}

TEST(HaproxyTraffic, RefusesRoutesThatAreBroken) {
  Proxy proxy;
  std::ofstream(proxy.dir() / "routes.json") << "{\"format\": 1, \"routes\": [{}";
  const Status opened = proxy.reopen();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::invalid_input);
  EXPECT_NE(opened.error().message.find("routes.json can't be used"), std::string::npos)
      << opened.error().message;
}

}  // namespace
}  // namespace slipway::test
