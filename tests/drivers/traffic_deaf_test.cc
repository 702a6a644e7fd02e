#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>
#include <vector>

#include "drivers/traffic_world.h"
#include "os/file.h"
#include "os/unix_socket.h"
#include "support/load.h"
#include "support/wait.h"

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

// For as long as it lives.
class Stopped {
 public:
  explicit Stopped(int pid) : pid_(pid) { EXPECT_EQ(::kill(pid_, SIGSTOP), 0); }
  ~Stopped() { ::kill(pid_, SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  int pid_;
};

TEST(AStoppedMaster, HoldsUpAPromotionToAnotherAddressButNotTheWayBack) {
  Proxy proxy;
  TinyServer a("a"), b("b");
  const int port = free_port(), other = free_port();
  const core::Routing all = with_canary(routing(port, {&a}, {&b}), 100);
  core::Routing promoted = routing(other, {&a}, {&b}), back = all;
  promoted.stable = Pool::b;
  back.canary.reset();
  back.weight = 0;
  proxy.apply(production, all);
  EXPECT_EQ(get(port).body, "b");
  auto load = Load::start({.port = port, .pause = Duration{1}});
  const auto tell = [&](std::int64_t event, const core::Routing& routing) {
    return proxy.traffic().perform({{production, event, 0}, core::ApplyRouting{routing}});
  };
  core::Outcome overtaken;
  std::atomic<bool> over = false;
  {
    std::jthread promotion;
    const Stopped stopped(proxy.master());
    promotion = std::jthread([&] {
      overtaken = tell(2, promoted);
      over = true;
    });
    ASSERT_TRUE(eventually(Duration{10'000}, [&] {
      const auto written = os::read_file(proxy.dir() / "haproxy.cfg");
      return written && written->find(":" + std::to_string(other)) != std::string::npos;
    }));
    EXPECT_TRUE(proxy.traffic().renew(production, in(Duration{-1'000})));
    EXPECT_EQ(get(port).body, "a") << "the lease is over";
    EXPECT_TRUE(proxy.traffic().renew(production, in(Duration{600'000})));
    EXPECT_EQ(get(port).body, "b") << "it is renewed while the promotion waits";
    const core::Outcome home = tell(3, back);
    EXPECT_EQ(home.status, core::Outcome::Status::done) << home.message;
    EXPECT_FALSE(over) << "the promotion still waits for its reload";
    EXPECT_EQ(get(port).body, "a");
    // The reload takes more than its time, and isn't counted.
    const core::Outcome drained = proxy.await_drained(production, Pool::b, Duration{1});
    EXPECT_EQ(drained.message, "") << "it is known what is in flight";
    EXPECT_EQ(drained.in_flight, 0);
  }
  EXPECT_EQ(overtaken.status, core::Outcome::Status::unavailable);
  EXPECT_EQ(tell(2, promoted).status, core::Outcome::Status::unavailable) << "what is older comes too late";
  EXPECT_TRUE(eventually(Duration{60'000}, [&] {
    static_cast<void>(proxy.traffic().tend());
    return proxy.seen(production, back);
  }));
  EXPECT_EQ(get(port).body, "a");
  const LoadReport report = load->stop();
  EXPECT_TRUE(report.clean()) << report.text();
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
