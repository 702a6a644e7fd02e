#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>
#include <vector>

#include "drivers/traffic_world.h"
#include "os/file.h"
#include "os/unix_socket.h"
#include "support/load.h"

// HAProxy's master that doesn't answer: its sessions are used up, or it is stopped.
namespace slipway::test {
namespace {

using core::Pool;
using testing::HasSubstr;

// Opens sessions until the master takes no more, as clients do that never end.
class Deafened {
 public:
  explicit Deafened(const std::filesystem::path& dir) {
    constexpr std::size_t at_once = 10,
                          plenty = 200;  // HAProxy's own limit, and the listener's backlog beside it
    std::string why;
    // It listens a moment after its worker takes requests.
    EXPECT_TRUE(
        eventually(Duration{10'000}, [&] { return os::connect_unix(dir / "master.sock").has_value(); }));
    while (sessions_.size() < plenty && why.empty()) {
      auto session = os::connect_unix(dir / "master.sock", Duration{100});
      if (session)
        sessions_.push_back(*std::move(session));
      else
        why = session.error().message;
    }
    EXPECT_GT(sessions_.size(), at_once) << why;
    EXPECT_LT(sessions_.size(), plenty) << "its backlog isn't full";
  }

 private:
  std::vector<os::Fd> sessions_;
};

TEST(ADeafMaster, HoldsUpNoChangeOfUsersNoRenewalAndNoDrain) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  const core::Routing all = with_canary(routing(port, {&a}, {&b}), 100);
  core::Routing back = all;
  back.canary.reset();
  back.weight = 0;
  proxy.apply(production, all);
  auto load = Load::start({.port = port, .pause = Duration{1}});
  const Deafened deafened(proxy.dir());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(proxy.traffic().renew(production, in(Duration{600'000})));
    EXPECT_TRUE(proxy.traffic().sample(production, 10));
    EXPECT_TRUE(proxy.counts(production));
    proxy.apply(production, back);
    EXPECT_EQ(get(port).body, "a");
    EXPECT_EQ(proxy.await_drained(production, Pool::b, Duration{10'000}).in_flight, 0);
    proxy.apply(production, all);
    EXPECT_EQ(get(port).body, "b");
  }
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
}

TEST(ADeafMaster, IsTakenNoticeOfAndRenewedWithoutLosingARequest) {
  Proxy proxy;
  TinyServer a("a");
  const int port = free_port();
  core::Routing now = routing(port, {&a});
  now.stable = Pool::a;
  proxy.apply(production, now);
  auto load = Load::start({.port = port, .pause = Duration{1}});
  const int worker = proxy.worker();
  const Deafened deafened(proxy.dir());
  bool said = false;
  EXPECT_TRUE(eventually(Duration{60'000}, [&] {
    static_cast<void>(proxy.traffic().tend());
    said = said ||
           proxy.traffic().actual(production).problem.find("master hasn't answered") != std::string::npos;
    return proxy.worker() != worker;
  }));
  EXPECT_TRUE(said) << "before it was renewed";
  EXPECT_TRUE(eventually(Duration{10'000}, [&] {
    static_cast<void>(proxy.traffic().tend());
    return proxy.traffic().actual(production).problem.empty();
  })) << proxy.traffic().actual(production).problem;
  EXPECT_TRUE(proxy.seen(production, now));
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
}

TEST(ADeafMaster, DoesNotKeepAReplacedWorkerFromBeingTold) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  const core::Routing all = with_canary(routing(port, {&a}, {&b}), 100);
  proxy.apply(production, all);
  // A request that has begun keeps the worker alive that a reload replaces.
  Client slow(port);
  slow.send("GET / HTTP/1.1\r\nHost: shop\r\n");
  core::Routing other = routing(free_port(), {&a});
  other.stable = Pool::a;
  const int replaced = proxy.worker();
  proxy.apply(staging, other);
  EXPECT_NE(proxy.worker(), replaced);
  EXPECT_EQ(::kill(replaced, 0), 0) << "it has something to finish";
  {
    const Deafened deafened(proxy.dir());
    core::Routing back = all;
    back.canary.reset();
    back.weight = 0;
    proxy.apply(production, back);
    slow.send("\r\n");
    EXPECT_THAT(slow.receive("\r\n\r\n"), HasSubstr("x-version: a")) << "through the replaced worker";
  }
  EXPECT_TRUE(eventually(Duration{15'000}, [&] {
    static_cast<void>(proxy.traffic().tend());
    return ::kill(replaced, 0) != 0;
  })) << "it is let go once it has nothing left";
}

// What a promotion with another address waits for: a reload that doesn't come.
TEST(AStoppedMaster, DoesNotKeepUsersFromOvertakingWhatWaitsForIt) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port();
  const core::Routing all = with_canary(routing(port, {&a}, {&b}), 100);
  proxy.apply(production, all);
  core::Routing promoted = all;
  promoted.canary.reset();
  promoted.weight = 0;
  promoted.stable = Pool::b;
  promoted.listen = fmt::format("127.0.0.1:{}", free_port());
  core::Routing back = all;
  back.canary.reset();
  back.weight = 0;
  const int master = proxy.master();
  ASSERT_EQ(::kill(master, SIGSTOP), 0);
  core::Outcome waited, overtook;
  {
    const std::jthread waiting([&] { waited = proxy.try_apply(production, promoted); });
    // It has written what it waits for.
    EXPECT_TRUE(eventually(Duration{5'000}, [&] {
      return os::read_file(proxy.dir() / "haproxy.cfg").value_or("").find(promoted.listen) !=
             std::string::npos;
    }));
    const std::jthread overtaking([&] { overtook = proxy.try_apply(production, back); });
    EXPECT_TRUE(eventually(Duration{5'000}, [&] { return get(port).body == "a"; })) << "users are back";
    ::kill(master, SIGCONT);
  }
  EXPECT_EQ(waited.status, core::Outcome::Status::unavailable) << waited.message;
  EXPECT_EQ(overtook.status, core::Outcome::Status::done) << overtook.message;
  EXPECT_EQ(get(port).body, "a");
  EXPECT_TRUE(proxy.seen(production, back));
}

TEST(ReloadsOfManyTargets, AreOneForAllThatWait) {
  Proxy proxy;
  TinyServer a("a");
  core::Routing first = routing(free_port(), {&a});
  first.stable = Pool::a;
  proxy.apply(production, first);
  constexpr int many = 20;
  std::vector<core::Outcome> outcomes(many);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < many; ++i)
      threads.emplace_back([&, i] {
        core::Routing more = routing(free_port(), {&a});
        more.stable = Pool::a;
        outcomes[static_cast<std::size_t>(i)] = proxy.try_apply({"shop", "e" + std::to_string(i)}, more);
      });
  }
  for (const core::Outcome& outcome : outcomes)
    EXPECT_EQ(outcome.status, core::Outcome::Status::done) << outcome.message;
  const std::string output = os::read_file(proxy.dir() / "output.log").value_or("");
  int reloads = 0;
  for (std::size_t at = output.find("Reloading HAProxy"); at != std::string::npos;
       at = output.find("Reloading HAProxy", at + 1))
    ++reloads;
  EXPECT_GE(reloads, 1);
  EXPECT_LE(reloads, many / 2);
}

TEST(ReloadsOfManyTargets, GoOnWithoutTheOneThatCannotBe) {
  Proxy proxy;
  TinyServer a("a");
  core::Routing first = routing(free_port(), {&a});
  first.stable = Pool::a;
  proxy.apply(production, first);
  core::Routing taken = routing(a.port(), {&a});
  core::Routing fine = routing(free_port(), {&a});
  taken.stable = fine.stable = Pool::a;
  core::Outcome refused, done;
  {
    const std::jthread one([&] { refused = proxy.try_apply({"shop", "taken"}, taken); });
    const std::jthread other([&] { done = proxy.try_apply({"shop", "fine"}, fine); });
  }
  EXPECT_NE(refused.status, core::Outcome::Status::done);
  EXPECT_THAT(refused.message, HasSubstr(std::to_string(a.port())));
  EXPECT_EQ(done.status, core::Outcome::Status::done) << done.message;
}

}  // namespace
}  // namespace slipway::test
