#pragma once

#include <deque>
#include <map>
#include <set>

#include "base/check.h"
#include "hand_clock.h"
#include "journal/sqlite_journal.h"
#include "runner/runner.h"
#include "server/api/api.h"
#include "server/feed.h"
#include "support/temp_dir.h"

namespace slipway::server {

inline constexpr std::string_view shop_config = R"(service: shop
run:
  command: [./shop]
  instances: 1
environments:
  production:
    purpose: users
    listen: 127.0.0.1:18080
  staging:
    purpose: trying
    listen: 127.0.0.1:18081
)";

// The same service, a few per cent of users at a time.
inline constexpr std::string_view canary_config = R"(service: shop
run:
  command: [./shop, --fast]
  instances: 2
  env: {PAYMENTS_URL: https://pay.example, KEY: {secret: SHOP_KEY}}
environments:
  production:
    purpose: users
    listen: 127.0.0.1:18080
    strategy: canary
strategy:
  canary:
    steps: [{weight: 5, hold: 5m}, {weight: 25, hold: 10m}, {weight: 100}]
    bake: 15m
rollback_triggers:
  - {metric: ErrorRate, threshold: 5%, duration: 5m}
)";

// Its path, for calls.
inline const std::string production = "/api/v1/targets/shop/production";

inline const std::string digest_one(64, 'a');
inline const std::string digest_two(64, 'b');

// Everything that is asked for succeeds, once finish() lets it.
class WillingDriver final : public runner::Driver {
 public:
  void observe(const core::Effect&, Seen seen) override { seen(std::nullopt); }
  void perform(const core::Effect& effect, Done done) override {
    core::Outcome outcome;
    if (std::holds_alternative<core::StartInstance>(effect.body)) outcome.port = 20'000 + ++ports_;
    answers_.push_back([done = std::move(done), outcome] { done(outcome); });
  }
  bool finish_one() {
    if (answers_.empty()) return false;
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    answer();
    return true;
  }

 private:
  std::deque<std::function<void()>> answers_;
  int ports_ = 0;
};

class NoKeeper final : public runner::Keeper {
 public:
  void keep(const std::map<core::Target, core::Duties>&) override {}
};

class Shelf final : public Artifacts {
 public:
  void add(const std::filesystem::path& archive, Added added) override {
    std::error_code error;
    sizes.push_back(std::filesystem::file_size(archive, error));
    added(digest_one);
  }
  void claim(const std::string& digest, Claimed claimed) override { claimed(there.contains(digest)); }

  std::set<std::string> there{digest_one, digest_two};
  std::vector<std::uintmax_t> sizes;
};

class StillLife final : public Live {
 public:
  void look(std::vector<Look> at, Seen seen) override {
    std::map<core::Target, Sight> sights;
    for (const Look& look : at) {
      for (const auto& instance : look.instances) sights[look.target].processes[instance] = {4711, 1 << 20};
      if (look.proxy) sights[look.target].proxy = proxy;
      sights[look.target].memory_available = std::int64_t{8} << 30;
    }
    seen(std::move(sights));
  }
  Sight::Proxy proxy{
      .up = true, .problem = "", .weight = 100, .in_flight_a = 3, .in_flight_b = 5, .preview_token = "f00d"};
};

// Users who say what a test lets them say.
class Crowd final : public Users {
 public:
  Impression impression(const core::Target&) const override { return says; }
  Impression says;
};

class TwoLines final : public Logs {
 public:
  void tell(const Question& question, Told told) override { told(fmt::format("{} lines\n", question.lines)); }
  void follow(const Question&, Followed followed) override {
    followed(fail(ErrorKind::unavailable, "nothing is followed here"));
  }
};

// The API on a real runner and a real journal, with a world that a test moves on by hand.
class ApiWorld {
 public:
  ApiWorld() {
    CHECK(runner.recover({}).has_value());
    runner.on_change([this](const runner::Transaction& transaction) { feed.publish(transaction); });
  }

  Response ask(const std::string& method, const std::string& path_and_query, const std::string& body = "") {
    Request request;
    const std::size_t mark = path_and_query.find('?');
    request.method = method;
    request.path = path_and_query.substr(0, mark);
    if (mark != std::string::npos) request.query = path_and_query.substr(mark + 1);
    request.body = body;
    request.user = asker;
    request.uid = 1000;
    request.origin = "unix socket, uid 1000, pid 12";
    std::optional<Response> response;
    api.handle(request, [&](Response given) { response = std::move(given); });
    CHECK(response.has_value());
    return *std::move(response);
  }

  Response deploy(const std::string& version, const std::string& digest) {
    return ask("POST", "/api/v1/targets/shop/production/deployments",
               Json{{"version", version}, {"config", shop_config}, {"digest", digest}}.dump());
  }

  Response deploy_canary(const std::string& version, const std::string& digest) {
    return ask("POST", "/api/v1/targets/shop/production/deployments",
               Json{{"version", version}, {"config", canary_config}, {"digest", digest}}.dump());
  }

  // Until the deployment under way is at a stage of the kind, and nothing waits but time.
  void reach(core::Stage::Kind kind) {
    const auto there = [&] {
      const auto& deployment = runner.targets().begin()->second.deployment;
      return deployment && deployment->stage().kind == kind;
    };
    while (driver.finish_one() || report_health() || !there()) {
      if (there()) continue;
      const auto next = runner.next_wakeup();
      if (next && *next <= clock.time) runner.wake();
    }
  }

  // Until nothing is under way but time: instances are healthy as soon as they run.
  void settle() {
    while (true) {
      if (driver.finish_one()) continue;
      if (report_health()) continue;
      const auto next = runner.next_wakeup();
      if (!next) return;
      clock.time = std::max(clock.time, *next);
      runner.wake();
    }
  }

  TempDir dir;
  HandClock clock;
  std::unique_ptr<journal::SqliteJournal> journal = *journal::SqliteJournal::open(dir / "journal.db");
  WillingDriver driver;
  NoKeeper keeper;
  runner::Runner runner{clock, *journal, driver, keeper};
  Shelf shelf;
  StillLife live;
  TwoLines logs;
  Feed feed{*journal, runner};
  std::string asker = "alice";
  Crowd users;
  Rights rights;  // everybody's, until a test says otherwise
  std::optional<Duration> lease_left;
  Api api{{.clock = clock,
           .runner = runner,
           .journal = *journal,
           .artifacts = shelf,
           .live = live,
           .logs = logs,
           .events = feed,
           .users = users,
           .lease_left = [this](const core::Target&) { return lease_left; },
           .version = "1.2.3",
           .rights = rights},
          Api::Limits{.json = 2 << 20, .artifact = 1 << 20}};

 private:
  bool report_health() {
    for (const auto& [target, state] : runner.targets())
      for (const auto* fleet : {&state.stable, &state.canary, &state.previous}) {
        if (!*fleet) continue;
        for (const core::Instance& instance : (*fleet)->instances)
          if (instance.running && instance.health == core::Health::starting) {
            const core::Target where = target;
            runner.deliver(where, core::InstanceObserved{instance.name, core::Health::healthy, "", 0});
            return true;
          }
      }
    return false;
  }
};

inline Json json_of(const Response& response) {
  return Json::parse(response.body);
}

}  // namespace slipway::server
