#include <gtest/gtest.h>

#include "support/wait.h"
#include "traffic_world.h"

// What a real HAProxy's counters say of requests that are under way.
namespace slipway::test {
namespace {

using core::Pool;
using core::Target;
using Counts = drivers::HaproxyTraffic::Counts;

Counts::Slot sum(const std::map<int, Counts::Slot>& slots) {
  Counts::Slot sum;
  for (const auto& [ordinal, slot] : slots) {
    sum.started += slot.started;
    sum.settled += slot.settled;
    sum.in_flight += slot.in_flight;
  }
  return sum;
}

Counts counts(Proxy& proxy) {
  const auto counts = proxy.counts(production);
  EXPECT_TRUE(counts) << counts.error().message;
  return counts.value_or(Counts{});
}

TEST(HaproxyCounts, TellWhatEachInstanceHasNotBegunToAnswer) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.stable = Pool::a;
  proxy.apply(production, now);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(get(port).status, 200);
  Client kept(port);
  for (int i = 0; i < 3; ++i) {
    kept.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
    EXPECT_FALSE(kept.receive("\r\n\r\na").empty());
  }
  Client web_socket(port), first(port), second(port);
  web_socket.send(
      "GET /echo HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  ASSERT_NE(web_socket.receive("\r\n\r\n").find(" 101 "), std::string::npos);
  for (Client* each : {&first, &second}) each->send("GET /held HTTP/1.1\r\nHost: shop\r\n\r\n");
  ASSERT_TRUE(eventually(Duration{2000}, [&] { return a.held() == 2; }));

  Counts seen = counts(proxy);
  EXPECT_EQ(seen.slots_a.at(1), (Counts::Slot{.started = 10, .settled = 8, .in_flight = 3}));
  EXPECT_EQ(seen.slots_a.at(2), Counts::Slot{});
  EXPECT_EQ(sum(seen.slots_b), Counts::Slot{});
  EXPECT_EQ(seen.workers, std::vector<int>{proxy.worker()});
  EXPECT_EQ(seen.a, 7) << "those that have ended";

  // A reload leaves them to a worker that was replaced.
  const int before = proxy.worker();
  core::Routing other = routing(free_port(), {&b});
  other.stable = Pool::a;
  proxy.apply(staging, other);
  EXPECT_EQ(get(port).status, 200);
  seen = counts(proxy);
  EXPECT_EQ(seen.slots_a.at(1), (Counts::Slot{.started = 11, .settled = 9, .in_flight = 3}));
  EXPECT_EQ(seen.workers, (std::vector<int>{proxy.worker(), before}));

  a.let_go();
  for (Client* each : {&first, &second}) EXPECT_FALSE(each->receive("\r\n\r\na").empty());
  EXPECT_TRUE(eventually(Duration{2000}, [&] {
    const Counts::Slot slot = counts(proxy).slots_a.at(1);
    return slot.started == slot.settled && slot.in_flight == 1;
  }));
}

TEST(HaproxyCounts, LeaveNothingUnderWayOfWhatWasRefusedOrBrokenOff) {
  Proxy proxy;
  TinyServer a("a"), gone("gone");
  const int port = free_port();
  core::Routing now = routing(port, {&a, &gone});
  now.stable = Pool::a;
  // Its end isn't found out by a check while the test asks.
  now.a.health_interval = Duration{60'000};
  proxy.apply(production, now);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(get(port).status, 200);
  Client held(port), other(port);
  for (Client* each : {&held, &other}) each->send("GET /held HTTP/1.1\r\nHost: shop\r\n\r\n");
  ASSERT_TRUE(eventually(Duration{2000}, [&] { return a.held() == 1 && gone.held() == 1; }));
  gone.kill();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(get(port).status, 200) << "another instance took it";
  EXPECT_TRUE(eventually(Duration{5000}, [&] { return a.held() == 2; })) << "it was tried again there";
  const Counts seen = counts(proxy);
  EXPECT_EQ(seen.slots_a.at(2).in_flight, 0);
  EXPECT_LE(seen.slots_a.at(2).started, seen.slots_a.at(2).settled);
  EXPECT_GT(seen.slots_a.at(2).started, 3) << "tries count";
  EXPECT_EQ(seen.slots_a.at(1).in_flight, 2);
  EXPECT_EQ(seen.slots_a.at(1).started - seen.slots_a.at(1).settled, 2);
  a.let_go();
}

}  // namespace
}  // namespace slipway::test
