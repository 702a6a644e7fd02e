#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/check.h"
#include "os/fd.h"
#include "server/clock.h"
#include "support/temp_dir.h"
#include "watching.h"

namespace slipway::server {
namespace {

using drivers::telemetry::Endpoint;
using drivers::telemetry::Telemetry;
using judge::Verdict;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// What the proxy would send, datagram by datagram.
class Proxy {
 public:
  explicit Proxy(const Endpoint& endpoint) : endpoint_(endpoint), fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    const std::size_t colon = endpoint.address.find(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.address.substr(colon + 1))));
    CHECK(::inet_pton(AF_INET, endpoint.address.substr(0, colon).c_str(), &address.sin_addr) == 1);
    CHECK(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  void send(const std::string& line) const {
    CHECK(::send(fd_.get(), line.data(), line.size(), 0) == static_cast<ssize_t>(line.size()));
  }
  // The record of a request that went well, of nobody who is known again.
  std::string record(core::Pool pool, int slot, std::int64_t took_ms, Time asked) {
    const std::int64_t number = next_++;
    return fmt::format(
        "{} 3 shop.production shop.production.{} s{} 200 -- 0 0 {} {} {} 1 0 {} 1 {} 1 - 100 {}\n",
        endpoint_.token, pool == core::Pool::a ? 'a' : 'b', slot, took_ms, took_ms,
        asked.time_since_epoch().count(), number, weight, number);
  }
  int weight = 2'500;  // of 10,000 users so many are the canary's
  // A record that it wrote and nobody got.
  void lose() { ++next_; }

 private:
  Endpoint endpoint_;
  os::Fd fd_;
  std::int64_t next_ = 0;
};

// A good canary of two instances at 25 %, for a hold of a minute, judged by what comes in datagrams, with the
// daemon's own clock over a wall clock that can be set.
class BadData : public Watching {
 protected:
  BadData() {
    auto opened = Telemetry::open(directory.path());
    CHECK(opened.has_value());
    telemetry = std::move(*opened);
    proxy.emplace(telemetry->endpoint());
    core::Instance second = state().canary->instances.back();
    second.name.ordinal = 2;
    state().canary->instances.push_back(second);
    state().canary->bound.strategy.steps = {{25, hold}, {100}};
    state().deployment->stages = {{core::Stage::Kind::hold, 25, hold}};
    clock.time = daemons_clock.now();
    turning.now([this] {
      Witness::Doors doors = this->doors();
      doors.take = [this] { return telemetry->take(); };
      doors.follow_sessions = [this](const core::Target&) { telemetry->follow_sessions("shop.production"); };
      witness.emplace(turning.loop, *workers, daemons_clock, std::move(doors));
    });
  }

  // The proxy goes by the wall clock.
  void ask(core::Pool pool, int slot, int requests, std::int64_t took_ms = 20) {
    for (int i = 0; i < requests; ++i) proxy->send(proxy->record(pool, slot, took_ms, wall + ahead));
  }
  // The requests of a second in which nothing is wrong.
  void ask_all() {
    ask(core::Pool::a, 1, 60);
    ask(core::Pool::b, 1, 10);
    ask(core::Pool::b, 2, 10);
  }
  // A second with these requests goes by.
  template <class Ask>
  void second(Ask ask) {
    turning.now([&] {
      ask();
      telemetry->last_request("");
      wall += seconds(1);
      steady += seconds(1);
      // As the daemon has it told each second.
      if (const auto by = daemons_clock.jumped(); by && *by > Duration::zero()) {
        core::Deployment& deployment = *state().deployment;
        for (Time* time : {&deployment.entered, &deployment.step, &*deployment.exposed}) *time += *by;
      }
      witness->look();
    });
    settle();
  }
  template <class Ask>
  void pass(int count, Ask ask) {
    for (int i = 0; i < count; ++i) second(ask);
  }
  void pass(int count) {
    pass(count, [this] { ask_all(); });
  }
  void expect_never_healthy(const std::string& why) const {
    ASSERT_FALSE(delivered.empty());
    EXPECT_THAT(delivered, Not(Contains(Verdict::Kind::healthy)));
    EXPECT_THAT(delivered, Not(Contains(Verdict::Kind::unhealthy)));
    EXPECT_THAT(reason, HasSubstr(why));
  }

  static constexpr Duration hold{60'000};
  static constexpr int in_a_hold = 60;
  TempDir directory;
  std::unique_ptr<Telemetry> telemetry;
  std::optional<Proxy> proxy;
  Time wall = clock.time;
  Duration ahead{};  // of the proxy's clock
  Duration steady{1'000'000};
  SteadyWall daemons_clock{[this] { return wall; }, [this] { return steady; }};
};

TEST_F(BadData, IsWhatTheseSecondsHaveNoneOf) {
  pass(in_a_hold);
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy) << reason;
}

TEST_F(BadData, IsAClockThatWasPutForward) {
  pass(30);
  wall += seconds(600);
  pass(30);
  expect_never_healthy("s are missing");
}

TEST_F(BadData, IsAClockThatIsPutForwardAgainAndAgain) {
  for (int i = 0; i < in_a_hold; i += 10) {
    wall += seconds(3);
    pass(10);
  }
  expect_never_healthy("s are missing");
}

TEST_F(BadData, IsAClockThatWasPutBackThoughTheDaemonsGoesOnAndCountsEachSecondOnce) {
  const auto requests = [&] {
    return checkpoint.at("hearing").at("trial").at("canary").at("requests").get<std::int64_t>();
  };
  pass(30);
  const Time time = daemons_clock.now();
  const std::int64_t before = requests();
  wall -= seconds(600);
  pass(30);
  EXPECT_EQ(daemons_clock.now(), time + seconds(30));
  EXPECT_EQ(requests(), before + 30 * 20) << "each second counts, and once";
  expect_never_healthy("the clock was put back by at least 9 min 5");
}

TEST_F(BadData, OfAClockThatWasPutBackIsOverAfterAWholeHoldWithout) {
  pass(10);
  wall -= seconds(600);
  pass(in_a_hold);
  expect_never_healthy("the clock was put back by at least 9 min 5");
  pass(1);
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy) << reason;
}

TEST_F(BadData, IsNoClockThatIsCorrectedByALittle) {
  for (int i = 0; i < in_a_hold; i += 20) {
    wall -= Duration(1'900);
    pass(20);
  }
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy) << reason;
}

TEST_F(BadData, IsAProxyWhoseClockIsAheadOfTheDaemons) {
  ahead = seconds(30);
  pass(in_a_hold);
  expect_never_healthy("in 60 of 60 s the proxy's records were up to 2");
}

TEST_F(BadData, IsRecordsOfTwoClocks) {
  pass(in_a_hold, [this] {
    ask_all();
    proxy->send(proxy->record(core::Pool::b, 1, 20, wall + seconds(30)));
  });
  expect_never_healthy("the clock was put back by");
}

TEST_F(BadData, OfAFewSecondsIsMadeUpForByAsManyMore) {
  pass(20);
  pass(2, [this] {
    ask(core::Pool::a, 1, 30);
    proxy->lose();
    ask_all();
  });
  pass(39);
  expect_never_healthy("in 2 of 61 s records got lost or came twice");
  pass(1);
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy) << reason;
}

TEST_F(BadData, IsAnInstanceThatGetsNoRequestAnyMore) {
  pass(20);
  pass(40, [this] {
    ask(core::Pool::a, 1, 60);
    ask(core::Pool::b, 1, 20);
  });
  expect_never_healthy("1 of 2 instances get no request any more");
}

TEST_F(BadData, IsAnInstanceThatNeverGotAny) {
  pass(in_a_hold, [this] {
    ask(core::Pool::a, 1, 60);
    ask(core::Pool::b, 1, 20);
  });
  expect_never_healthy("1 of 2 instances get no request any more");
}

TEST_F(BadData, IsDatagramsThatComeTwice) {
  int seconds_passed = 0;
  pass(in_a_hold, [&] {
    ask_all();
    if (++seconds_passed % 4 != 0) return;
    const std::string line = proxy->record(core::Pool::b, 1, 20, wall);
    proxy->send(line);
    proxy->send(line);
  });
  expect_never_healthy("s records got lost or came twice");
}

TEST_F(BadData, IsDatagramsThatGetLost) {
  int seconds_passed = 0;
  pass(in_a_hold, [&] {
    ask(core::Pool::a, 1, 30);
    if (++seconds_passed % 4 == 0) proxy->lose();
    ask(core::Pool::a, 1, 30);
    ask(core::Pool::b, 1, 10);
    ask(core::Pool::b, 2, 10);
  });
  expect_never_healthy("s records got lost or came twice");
}

TEST_F(BadData, IsDatagramsThatCannotBeRead) {
  pass(in_a_hold, [this] {
    ask_all();
    proxy->send(telemetry->endpoint().token + " 3 shop.production");
  });
  expect_never_healthy("s records got lost or came twice");
}

TEST_F(BadData, IsThereAfterPromotionToo) {
  state().previous = std::exchange(state().stable, std::exchange(state().canary, std::nullopt));
  state().traffic.wanted->weight = state().traffic.applied->weight = 100;
  state().deployment->stages = {{core::Stage::Kind::bake, 0, hold}};
  int seconds_passed = 0;
  pass(in_a_hold, [&] {
    ask(core::Pool::b, 1, 20);
    if (++seconds_passed % 4 == 0) proxy->lose();
    ask(core::Pool::b, 2, 20);
  });
  expect_never_healthy("s records got lost or came twice");
}

TEST_F(BadData, IsACanaryWithoutRequests) {
  pass(in_a_hold, [this] { ask(core::Pool::a, 1, 60); });
  expect_never_healthy("the canary got no request while about");
  EXPECT_EQ(delivered.back(), Verdict::Kind::held);
}

TEST_F(BadData, IsAStableReleaseWithoutRequests) {
  pass(in_a_hold, [this] {
    ask(core::Pool::b, 1, 10);
    ask(core::Pool::b, 2, 10);
  });
  expect_never_healthy("stable got no request while about");
  EXPECT_EQ(delivered.back(), Verdict::Kind::held);
}

TEST_F(BadData, IsNoneWhereTheWeightChangesWithinSeconds) {
  int seconds_passed = 0;
  pass(in_a_hold, [&] {
    const bool changes = ++seconds_passed % 5 == 0;
    // Told and not yet answered.
    state().traffic.open = changes ? std::optional(core::EffectId{}) : std::nullopt;
    ask_all();
    if (!changes) return;
    proxy->weight = 5'000;
    ask(core::Pool::a, 1, 20);
    ask(core::Pool::b, 1, 10);
    ask(core::Pool::b, 2, 10);
    proxy->weight = 2'500;
  });
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy) << reason;
}

TEST_F(BadData, IsARouterThatGoesByAnotherWeightUntilItIsSetRight) {
  const auto at_a_half = [&] {
    proxy->weight = 5'000;
    ask(core::Pool::a, 1, 40);
    ask(core::Pool::b, 1, 20);
    ask(core::Pool::b, 2, 20);
  };
  pass(10, at_a_half);
  EXPECT_EQ(delivered.back(), Verdict::Kind::held);
  EXPECT_EQ(
      reason,
      "requests are routed as if the canary had 50 % of the users, and not 25 %: the router is at fault");
  proxy->weight = 2'500;
  pass(in_a_hold);
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy) << reason;
}

TEST_F(BadData, IsTimesBeyondAllThatAreToldApart) {
  pass(in_a_hold, [this] {
    ask(core::Pool::a, 1, 60, 4'000'000);
    ask(core::Pool::b, 1, 10, 4'000'000);
    ask(core::Pool::b, 2, 10, 4'000'000);
  });
  expect_never_healthy("requests took an hour or more");
}

}  // namespace
}  // namespace slipway::server
