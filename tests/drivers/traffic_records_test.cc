#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "drivers/telemetry/record.h"
#include "drivers/traffic/haproxy_socket.h"
#include "os/file.h"
#include "support/load.h"
#include "support/wait.h"
#include "traffic_world.h"

// What a real HAProxy records and counts, and how it comes to the configuration of another daemon.
namespace slipway::test {
namespace {

using core::Pool;
using core::Target;

void ask(int port, int times, const std::string& headers = "") {
  Client client(port);
  for (int i = 0; i < times; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: shop\r\n" + headers + "\r\n");
    ASSERT_FALSE(client.receive("\r\n\r\n").empty());
  }
}

TEST(HaproxyRecords, AreOfEachRequestOfTheCanaryAndOfStablesAtTheRateThatIsSet) {
  Proxy proxy;
  RecordPort records;
  ASSERT_TRUE(proxy.reopen(records.endpoint()));
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 100);
  proxy.apply(production, now);
  ask(port, 300);
  int seen = 0;
  EXPECT_TRUE(eventually(Duration{2000}, [&] {
    return (seen += records.records("shop.production.b")) == 300;
  })) << seen;
  const auto counts = proxy.counts(production);
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->a, 0);
  EXPECT_EQ(counts->b, 300);

  now.canary.reset();
  now.weight = 0;
  now.fallback = Pool::b;
  proxy.apply(production, now);
  const int worker = proxy.worker();
  ASSERT_TRUE(proxy.traffic().sample(production, 2));
  ask(port, 1000);
  ASSERT_TRUE(proxy.traffic().sample(production, 1));
  // The last request is recorded, and so are all before it that ever will be.
  ask(port, 1, "X-Last: 1\r\n");
  EXPECT_TRUE(eventually(Duration{2000}, [&] { return proxy.counts(production)->a == 1001; }));
  const int half = records.records("shop.production.a");
  EXPECT_GT(half, 400) << "beyond 6 standard deviations";
  EXPECT_LT(half, 600);
  EXPECT_EQ(proxy.worker(), worker) << "no reload";

  const Status refused = proxy.traffic().sample(production, 3);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
  EXPECT_FALSE(proxy.traffic().sample(staging, 2));
}

TEST(HaproxyRecords, SayWhenAndWhatForAndSparePreviewsAndWhatNoReleaseAnswered) {
  Proxy proxy;
  RecordPort records;
  ASSERT_TRUE(proxy.reopen(records.endpoint()));
  TinyServer a("a"), b("b");
  const int port = free_port(), aside = free_port();
  core::Routing now = routing(port, {&a}, {&b});
  now.preview = "127.0.0.1:" + std::to_string(aside);
  proxy.apply(production, now);
  EXPECT_EQ(get(port).status, 503) << "nothing is deployed: no record";
  {
    Client silent(port);
  }  // a port scan: no record
  now.stable = Pool::a;
  now.previewed = Pool::b;
  proxy.apply(production, now);
  ASSERT_TRUE(proxy.traffic().sample(production, 1));
  const Time before = in(Duration{0});
  EXPECT_EQ(get(aside).body, "b");
  EXPECT_EQ(get(port).body, "a");
  std::vector<std::string> lines;
  EXPECT_TRUE(eventually(Duration{2000}, [&] {
    for (std::string& line : records.lines()) lines.push_back(std::move(line));
    return lines.size() >= 2;
  }));
  std::vector<drivers::telemetry::Record> read;
  for (const std::string& line : lines) {
    const auto parsed = drivers::telemetry::parse(line, records.endpoint().token);
    if (const auto* record = std::get_if<drivers::telemetry::Record>(&parsed)) read.push_back(*record);
  }
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].backend, "shop.production.b");
  EXPECT_TRUE(read[0].preview);
  EXPECT_EQ(read[1].backend, "shop.production.a");
  EXPECT_FALSE(read[1].preview);
  for (const auto& record : read) {
    EXPECT_GE(record.asked, before);
    EXPECT_LE(record.asked, in(Duration{0}));
    EXPECT_EQ(record.slot, 1);
    EXPECT_EQ(record.weight, 1);
    EXPECT_EQ(record.status, 200);
  }
}

TEST(HaproxyRecords, GoToAnotherAddressAfterOneReloadThatLosesNoRequest) {
  Proxy proxy;
  RecordPort earlier, later;
  ASSERT_TRUE(proxy.reopen(earlier.endpoint()));
  TinyServer a("a"), b("b");
  const int port = free_port();
  const core::Routing now = with_canary(routing(port, {&a}, {&b}), 100);
  proxy.apply(production, now);
  const int worker = proxy.worker();
  ASSERT_TRUE(proxy.traffic().tend());
  EXPECT_EQ(proxy.worker(), worker) << "there is nothing to do";
  auto load = Load::start({.port = port, .pause = Duration{0}});
  ASSERT_TRUE(eventually(Duration{2000}, [&] { return load->so_far().requests > 100; }));

  ASSERT_TRUE(proxy.reopen(later.endpoint()));
  EXPECT_FALSE(proxy.seen(production, now)) << "it has another configuration";
  const Status tended = proxy.traffic().tend();
  ASSERT_TRUE(tended) << tended.error().message;
  const int reloaded = proxy.worker();
  EXPECT_NE(reloaded, worker);
  EXPECT_TRUE(proxy.seen(production, now));
  ASSERT_TRUE(proxy.traffic().tend());
  EXPECT_EQ(proxy.worker(), reloaded) << "once";
  EXPECT_TRUE(eventually(Duration{2000}, [&] { return later.records("shop.production.b") > 10; }));
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
}

TEST(HaproxyLeases, AreRenewedWhileAnotherTargetsReloadIsUnderWay) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 100);
  proxy.apply(production, now);
  // A master that is stopped reloads when it goes on: the reload takes as long as the test wants it to.
  const int master = proxy.master();
  ASSERT_EQ(::kill(master, SIGSTOP), 0);
  core::Outcome outcome;
  core::Routing second = routing(free_port(), {&a});
  second.stable = Pool::a;
  std::thread reloads([&] { outcome = proxy.try_apply(staging, second); });
  const auto written = [&] {
    return os::read_file(proxy.dir() / "haproxy.cfg").value_or("").find("shop.staging") != std::string::npos;
  };
  EXPECT_TRUE(eventually(Duration{5000}, written));
  const Time until = in(Duration{300'000});
  const Status renewed = proxy.traffic().renew(production, until);
  EXPECT_TRUE(renewed) << "it waits for no master: " << renewed.error().message;
  const std::string expected = "shop.production " + std::to_string(until.time_since_epoch().count());
  const auto has_it = [&] {
    const auto said = drivers::haproxy::CommandLine(proxy.dir() / "runtime.sock").ask("show map lease.map");
    return said && said->find(expected) != std::string::npos;
  };
  EXPECT_TRUE(eventually(Duration{5000}, has_it));
  EXPECT_NE(os::read_file(proxy.dir() / "lease.map").value_or("").find(expected), std::string::npos);
  EXPECT_EQ(proxy.traffic().actual(staging).up, true);
  EXPECT_FALSE(proxy.traffic().actual(staging).weight) << "the reload is still to come";
  ASSERT_EQ(::kill(master, SIGCONT), 0);
  reloads.join();
  EXPECT_EQ(outcome.status, core::Outcome::Status::done) << outcome.message;
  EXPECT_TRUE(has_it()) << "the worker that came knows the renewal too";
  EXPECT_EQ(get(port).body, "b");
}

TEST(HaproxyLeases, ThatOnlyAReplacedWorkerWasToldOfAreBroughtToTheNextOne) {
  Proxy proxy;
  RecordPort records;
  ASSERT_TRUE(proxy.reopen(records.endpoint()));
  TinyServer a("a"), b("b");
  const int port = free_port();
  core::Routing now = with_canary(routing(port, {&a}, {&b}), 100);
  proxy.apply(production, now);
  const drivers::haproxy::CommandLine worker(proxy.dir() / "runtime.sock");
  // As if the new worker had read its files before a renewal, and the daemon had died before it told it.
  ASSERT_TRUE(worker.tell({"set map lease.map shop.production 1", "set map rate.map shop.production 7"}));
  EXPECT_EQ(get(port).body, "a");
  ASSERT_TRUE(proxy.reopen(records.endpoint()));
  ASSERT_TRUE(proxy.traffic().tend());
  EXPECT_EQ(get(port).body, "b");
  EXPECT_NE(worker.ask("show map rate.map").value_or("").find("shop.production 100"), std::string::npos);
}

}  // namespace
}  // namespace slipway::test
