#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <utility>

#include "drivers/probe/prober.h"
#include "soon.h"
#include "support/http_server.h"
#include "support/wait.h"

namespace slipway::drivers {
namespace {

using core::Health;
using test::HttpServer;
using test::ServerAnswer;
using test::ServerRequest;

const core::Target shop{"shop", "production"};

// A program that does nothing until it is killed.
struct Child {
  Child() : pid(::fork()) {
    if (pid == 0)
      while (true) ::pause();
  }
  ~Child() { kill(); }
  void kill() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(std::exchange(pid, 0), nullptr, 0);
  }
  pid_t pid;
};

// A prober with shims that are made up and servers that are real; keeps what it said.
class Probing {
 public:
  Probing()
      : prober_([this](const core::Target&, const core::InstanceName& name) { return ask(name); },
                [this](const core::Target& target, const core::InstanceObserved& seen) {
                  EXPECT_EQ(target, shop);
                  const std::lock_guard lock(mutex_);
                  words_.push_back(seen);
                }) {
    prober_.start();
  }

  void shim(int ordinal, Result<shim::ShimStatus> status) {
    const std::lock_guard lock(mutex_);
    shims_.insert_or_assign({7, ordinal}, std::move(status));
  }
  void probe(std::vector<core::Duties::Probe> probes) {
    std::map<core::Target, std::vector<core::Duties::Probe>> wanted;
    wanted[shop] = std::move(probes);
    prober_.probe(std::move(wanted));
  }
  std::vector<core::InstanceObserved> words(int ordinal) {
    const std::lock_guard lock(mutex_);
    std::vector<core::InstanceObserved> of_it;
    for (const auto& word : words_)
      if (word.instance.ordinal == ordinal) of_it.push_back(word);
    return of_it;
  }
  bool comes_to_say(int ordinal, Health health, const std::string& detail = "", int restarts = 0) {
    const core::InstanceObserved wanted{{7, ordinal}, health, detail, restarts};
    return eventually(soon, [&] {
      const auto said = words(ordinal);
      return !said.empty() && said.back() == wanted;
    });
  }
  int asked() const { return asked_; }

  static shim::ShimStatus running(int restarts = 0) {
    shim::ShimStatus status;
    status.pid = 4711;
    status.restarts = restarts;
    status.started = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    return status;
  }
  static shim::ShimStatus waiting(int restarts) {
    shim::ShimStatus status = running(restarts);
    status.pid.reset();
    status.last_exit = shim::Exit{{}, 1, {}};
    return status;
  }
  static core::Duties::Probe at(int ordinal, int port, Duration interval = Duration(20)) {
    core::Duties::Probe probe;
    probe.instance = {7, ordinal};
    probe.port = port;
    probe.health.path = "/health";
    probe.health.interval = interval;
    return probe;
  }

 private:
  Result<shim::ShimStatus> ask(const core::InstanceName& name) {
    ++asked_;
    const std::lock_guard lock(mutex_);
    const auto known = shims_.find(name);
    return known == shims_.end() ? Result<shim::ShimStatus>(running()) : known->second;
  }

  std::mutex mutex_;
  std::map<core::InstanceName, Result<shim::ShimStatus>> shims_;
  std::vector<core::InstanceObserved> words_;
  std::atomic<int> asked_ = 0;
  Prober prober_;  // last: its thread uses the rest
};

TEST(Prober, SaysOnceThatAnInstanceIsHealthyAndThenWhenItNoLongerIs) {
  std::atomic<int> status = 200;
  HttpServer server([&](const ServerRequest& request) {
    return ServerAnswer{request.path == "/health" ? status.load() : 404, "", {}, false};
  });
  Probing probing;
  probing.probe({Probing::at(1, server.port())});
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
  const int before = server.connections();
  ASSERT_TRUE(eventually(soon, [&] { return server.connections() > before + 10; }));
  EXPECT_EQ(probing.words(1).size(), 1U);
  status = 503;
  ASSERT_TRUE(probing.comes_to_say(1, Health::unhealthy, "status 503, expected 200 to 399"));
  status = 200;
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
  EXPECT_EQ(probing.words(1).size(), 3U);
}

TEST(Prober, AnInstanceThatDoesNotListenYetIsStarting) {
  Probing probing;
  auto server = std::make_optional<HttpServer>(200);
  const int port = server->port();
  server.reset();
  probing.probe({Probing::at(1, port)});
  ASSERT_TRUE(probing.comes_to_say(1, Health::starting, "connection refused"));
  server.emplace([](const ServerRequest&) { return ServerAnswer{}; }, port);
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
  EXPECT_EQ(probing.words(1).size(), 2U);
}

TEST(Prober, AnInstanceThatHasJustBegunIsHealthyAsSoonAsItListensWhateverTheInterval) {
  Probing probing;
  auto server = std::make_optional<HttpServer>(200);
  const int port = server->port();
  server.reset();
  probing.probe({Probing::at(1, port, Duration(3'600'000))});
  ASSERT_TRUE(probing.comes_to_say(1, Health::starting, "connection refused"));
  server.emplace([](const ServerRequest&) { return ServerAnswer{}; }, port);
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
}

TEST(Prober, AnInstanceThatIsSilentIsUnhealthyAndHoldsUpNoOther) {
  std::atomic<bool> silent = false;
  HttpServer* self = nullptr;
  HttpServer server([&](const ServerRequest&) {
    if (silent) eventually(Duration(20'000), [&] { return self->ending(); });
    return ServerAnswer{};
  });
  self = &server;
  HttpServer other(200);
  Probing probing;
  auto probe = Probing::at(1, server.port());
  probe.health.timeout = Duration(1000);
  probing.probe({probe, Probing::at(2, other.port())});
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
  silent = true;
  const int before = other.connections();
  ASSERT_TRUE(probing.comes_to_say(1, Health::unhealthy, "no answer within 1 s"));
  EXPECT_GT(other.connections(), before + 20);
  EXPECT_EQ(probing.words(2).size(), 1U);
}

TEST(Prober, AProgramThatWaitsToBeRestartedIsUnhealthyWithHowItEnded) {
  auto server = std::make_optional<HttpServer>(200);
  const int port = server->port();
  Probing probing;
  probing.probe({Probing::at(1, port)});
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
  probing.shim(1, Probing::waiting(3));
  server.reset();
  ASSERT_TRUE(probing.comes_to_say(1, Health::unhealthy, "exited with status 1, restarted 3 times", 3));
  EXPECT_EQ(probing.words(1).size(), 2U);
}

TEST(Prober, AnInstanceWithoutAShimIsGoneEvenIfSomebodyAnswersAtItsPort) {
  HttpServer server(200);
  Probing probing;
  probing.shim(1, fail(ErrorKind::not_found, "no shim lives there"));
  probing.probe({Probing::at(1, server.port())});
  ASSERT_TRUE(probing.comes_to_say(1, Health::gone, "its process is gone, and nothing restarts it"));
}

TEST(Prober, ARestartBetweenTwoProbesIsNoticed) {
  HttpServer server(200);
  Probing probing;
  probing.probe({Probing::at(1, server.port())});
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
  shim::ShimStatus restarted = Probing::running(1);
  restarted.last_exit = shim::Exit{{}, {}, 9};
  probing.shim(1, restarted);
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy, "was killed by signal 9 (Killed), restarted once", 1));
}

TEST(Prober, AProgramThatEndsBetweenTwoProbesIsAskedForAtOnceWhateverTheInterval) {
  HttpServer server(200);
  Probing probing;
  Child program;
  shim::ShimStatus status = Probing::running();
  status.pid = program.pid;
  status.shim_pid = ::getpid();
  probing.shim(1, status);
  probing.probe({Probing::at(1, server.port(), Duration(3'600'000))});
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy));
  shim::ShimStatus restarted = Probing::running(1);
  restarted.last_exit = shim::Exit{{}, {}, 9};
  probing.shim(1, restarted);
  program.kill();
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy, "was killed by signal 9 (Killed), restarted once", 1));
}

TEST(Prober, AsksTheShimOfAHealthyInstanceSeldomerThanItProbes) {
  HttpServer server(200);
  Probing probing;
  probing.probe({Probing::at(1, server.port(), Duration(5))});
  ASSERT_TRUE(eventually(soon, [&] { return server.connections() > 100; }));
  EXPECT_LE(probing.asked(), 10);
}

TEST(Prober, WhatIsNoLongerWantedIsNoLongerProbedAndTheRestKeepsItsLastWord) {
  HttpServer kept(200);
  HttpServer dropped(200);
  Probing probing;
  probing.probe({Probing::at(1, kept.port()), Probing::at(2, dropped.port())});
  ASSERT_TRUE(probing.comes_to_say(1, Health::healthy) && probing.comes_to_say(2, Health::healthy));
  probing.probe({Probing::at(1, kept.port())});
  const int before = kept.connections();
  ASSERT_TRUE(eventually(soon, [&] { return kept.connections() > before + 5; }));
  const int at_most = dropped.connections();
  ASSERT_TRUE(eventually(soon, [&] { return kept.connections() > before + 20; }));
  EXPECT_EQ(dropped.connections(), at_most);
  EXPECT_EQ(probing.words(1).size(), 1U);
  probing.probe({Probing::at(1, kept.port()), Probing::at(2, dropped.port())});
  ASSERT_TRUE(eventually(soon, [&] { return probing.words(2).size() == 2; }));
}

TEST(Prober, EndsAtOnceWhileAnAnswerIsAwaited) {
  HttpServer* self = nullptr;
  HttpServer server([&](const ServerRequest&) {
    eventually(Duration(20'000), [&] { return self->ending(); });
    return ServerAnswer{};
  });
  self = &server;
  const auto begun = std::chrono::steady_clock::now();
  {
    Probing probing;
    auto probe = Probing::at(1, server.port());
    probe.health.timeout = Duration(60'000);
    probing.probe({probe});
    ASSERT_TRUE(eventually(soon, [&] { return server.connections() == 1; }));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

}  // namespace
}  // namespace slipway::drivers
