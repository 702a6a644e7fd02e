#include <gtest/gtest.h>

#include <map>

#include "drivers/telemetry/record.h"
#include "support/binomial.h"
#include "support/wait.h"
#include "traffic_world.h"

// Which sessions a real HAProxy records whole, and how it says who asked.
namespace slipway::test {
namespace {

using core::Pool;
using core::Target;
using drivers::telemetry::Record;

// What was recorded, without what the lines hold.
struct Seen {
  bool of_canary = false;
  int weight = 0;
  std::optional<std::uint32_t> session;
  bool alone = false;
  int canary_weight = 0, stable_one_in = 1;
  bool operator==(const Seen&) const = default;
};

class Shop {
 public:
  explicit Shop(int weight) : now_(with_canary(routing(port_, {&a_}, {&b_}), weight)) {
    now_.sticky = {.cookie = "shop_user", .header = "", .drawn = true, .trusted_proxies = {}};
    EXPECT_TRUE(proxy_.reopen(records_.endpoint()));
    proxy_.apply(production, now_);
  }

  Proxy& proxy() { return proxy_; }
  core::Routing& routes() { return now_; }
  void apply() { proxy_.apply(production, now_); }
  void record_one_in(int rate) { ASSERT_TRUE(proxy_.traffic().sample(production, rate)); }

  // Asks as each of the users [from, to), so often; how many of them met the canary each time.
  int ask(int from, int to, int times) {
    Client client(port_);
    int on_canary = 0;
    for (int user = from; user < to; ++user) {
      int met = 0;
      for (int i = 0; i < times; ++i) {
        client.send(fmt::format("GET / HTTP/1.1\r\nHost: shop\r\nCookie: shop_user=user-{}\r\n\r\n", user));
        const std::string answer = client.receive("\r\n\r\n");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
        met += answer.find("x-version: b") != std::string::npos ? 1 : 0;
      }
      EXPECT_TRUE(met == 0 || met == times) << "user " << user << " went back and forth";
      on_canary += met > 0 ? 1 : 0;
      asked_ += times;
      if (user % 50 == 0) read();  // before the socket is full
    }
    return on_canary;
  }

  // Asks so often without saying who; how often the canary answered.
  int ask_as_nobody(int times) {
    Client client(port_);
    int on_canary = 0;
    for (int i = 0; i < times; ++i) {
      client.send("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
      on_canary += client.receive("\r\n\r\n").find("x-version: b") != std::string::npos ? 1 : 0;
      ++asked_;
      if (i % 50 == 0) read();
    }
    return on_canary;
  }

  // Of all that was asked since the last call.
  std::vector<Seen> take() {
    const auto ended = [&] {
      const auto counts = proxy_.counts(production);
      return counts && counts->a + counts->b == asked_;
    };
    EXPECT_TRUE(eventually(Duration{5000}, ended)) << "a record is written before its request is counted";
    read();
    return std::exchange(seen_, {});
  }

 private:
  void read() {
    for (const std::string& line : records_.lines()) {
      const auto parsed = drivers::telemetry::parse(line, records_.endpoint().token);
      if (const auto* record = std::get_if<Record>(&parsed))
        seen_.push_back({record->backend == "shop.production.b", record->weight, record->session,
                         record->alone, record->canary_weight, record->stable_one_in});
      else
        EXPECT_EQ(std::get<drivers::telemetry::Refused>(parsed), drivers::telemetry::Refused::notice) << line;
    }
  }

  Proxy proxy_;
  RecordPort records_;
  TinyServer a_{"a"}, b_{"b"};
  int port_ = free_port();
  core::Routing now_;
  std::int64_t asked_ = 0;
  std::vector<Seen> seen_;
};

struct Sessions {
  std::map<std::uint32_t, int> canary, stable;  // and how many records there are of each
};

Sessions sessions_of(const std::vector<Seen>& records) {
  Sessions sessions;
  for (const Seen& seen : records)
    if (seen.session) ++(seen.of_canary ? sessions.canary : sessions.stable)[*seen.session];
  return sessions;
}

TEST(HaproxySessions, OfNobodyAreRequestsThatBetByThemselvesOfWhichStablesAreDrawn) {
  Shop shop(20);
  shop.record_one_in(5);
  const int on_canary = shop.ask_as_nobody(1'000);
  int of_canary = 0, of_stable = 0;
  for (const Seen& seen : shop.take()) {
    EXPECT_TRUE(seen.alone);
    EXPECT_EQ(seen.session, std::nullopt);
    EXPECT_EQ(seen.canary_weight, 2'000);
    EXPECT_EQ(seen.stable_one_in, 5);
    EXPECT_EQ(seen.weight, seen.of_canary ? 1 : 5);
    ++(seen.of_canary ? of_canary : of_stable);
  }
  EXPECT_EQ(of_canary, on_canary) << "all of the canary's";
  EXPECT_TRUE(plausible(of_stable, 1'000 - on_canary, 0.2)) << of_stable;
  for (const Seen& seen : (shop.ask(0, 20, 2), shop.take())) {
    EXPECT_FALSE(seen.alone);
    EXPECT_EQ(seen.canary_weight, 2'000);
  }
}

TEST(HaproxySessions, AreOnePerUserAndAllBetWhileEverythingIsRecorded) {
  Shop shop(50);
  shop.record_one_in(1);
  const int on_canary = shop.ask(0, 100, 3);
  const std::vector<Seen> records = shop.take();
  EXPECT_EQ(records.size(), 300U);
  const Sessions sessions = sessions_of(records);
  EXPECT_EQ(static_cast<int>(sessions.canary.size()), on_canary);
  EXPECT_EQ(static_cast<int>(sessions.stable.size()), 100 - on_canary);
  for (const auto& of : {sessions.canary, sessions.stable})
    for (const auto& [session, times] : of) EXPECT_EQ(times, 3) << session;
  for (const Seen& seen : records) EXPECT_EQ(seen.weight, 1);

  shop.routes().salt = "shop/production#8";
  shop.apply();
  shop.ask(0, 100, 1);
  for (const auto& [session, times] : sessions_of(shop.take()).stable)
    EXPECT_FALSE(sessions.stable.contains(session)) << "another deployment's users are other sessions";
}

TEST(HaproxySessions, OfStableAreRecordedWholeWhereOnlySomeOfItsRequestsAre) {
  constexpr int users = 1000, times = 4;
  for (const int weight : {5, 50}) {
    Shop shop(weight);
    shop.record_one_in(10);
    const int on_canary = shop.ask(0, users, times);
    const int on_stable = users - on_canary;
    ASSERT_TRUE(plausible(on_canary, users, weight / 100.0)) << on_canary << " at " << weight;
    const std::vector<Seen> records = shop.take();
    const Sessions sessions = sessions_of(records);
    EXPECT_EQ(static_cast<int>(sessions.canary.size()), on_canary) << "all";
    const int whole = static_cast<int>(sessions.stable.size());
    EXPECT_TRUE(plausible(whole, on_stable, 0.1)) << whole << " of " << on_stable << " at " << weight;
    for (const auto& of : {sessions.canary, sessions.stable})
      for (const auto& [session, count] : of) EXPECT_EQ(count, times) << session;
    int drawn = 0, drawn_of_whole = 0;
    for (const Seen& seen : records) {
      if (seen.of_canary) {
        EXPECT_EQ(seen.weight, 1);
        continue;
      }
      EXPECT_TRUE(seen.weight == 10 || (seen.weight == 0 && seen.session));
      drawn += seen.weight == 10 ? 1 : 0;
      drawn_of_whole += seen.weight == 10 && seen.session ? 1 : 0;
    }
    EXPECT_TRUE(plausible(drawn, on_stable * times, 0.1)) << drawn << " at " << weight;
    EXPECT_TRUE(plausible(drawn_of_whole, whole * times, 0.1)) << "whoever asks: " << drawn_of_whole;

    // At a rate that records more, those that were are still recorded.
    shop.record_one_in(5);
    shop.ask(0, users, 1);
    const Sessions more = sessions_of(shop.take());
    for (const auto& [session, count] : sessions.stable) EXPECT_TRUE(more.stable.contains(session));
    EXPECT_TRUE(plausible(static_cast<int>(more.stable.size()), on_stable, 0.2)) << more.stable.size();
  }
}

bool bets_nothing(const Seen& seen) {
  return seen.weight == 1 && !seen.session && !seen.alone;
}

TEST(HaproxySessions, BetOnlyWhileUsersAreOnACanaryThatBothReleasesCanServe) {
  Shop shop(50);
  shop.record_one_in(1);
  shop.ask(0, 20, 1);
  EXPECT_FALSE(sessions_of(shop.take()).stable.empty());

  shop.routes().weight = 0;
  shop.apply();
  shop.ask(0, 20, 1);
  for (const Seen& seen : shop.take()) EXPECT_TRUE(bets_nothing(seen)) << "nobody is on the canary";

  shop.routes().weight = 50;
  shop.routes().b.servers.clear();
  shop.apply();
  shop.ask(0, 20, 1);
  const auto records = shop.take();
  EXPECT_EQ(records.size(), 20U);
  for (const Seen& seen : records) EXPECT_TRUE(bets_nothing(seen)) << "stable has everybody";
}

}  // namespace
}  // namespace slipway::test
