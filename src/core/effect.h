#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/value.h"
#include "core/service.h"

// What is to be done in the world, as data with frozen parameters, and what came of it.
namespace slipway::core {

// The unit of state, of the journal and of concurrency.
struct Target {
  std::string service;
  std::string environment;
  std::string text() const { return service + "/" + environment; }
  auto operator<=>(const Target&) const = default;
};

// "shop/production"; the error says how a target is written.
Result<Target> parse_target(std::string_view text);

// A release, immutable. `revision` counts a service's releases from 1.
struct Release {
  int revision = 0;
  std::string version;
  std::string digest;  // of the artifact, 64 hexadecimal digits
  bool operator==(const Release&) const = default;
};

// (target, event, ordinal); never random, so the same intent always has the same id.
struct EffectId {
  Target target;
  std::int64_t event = 0;
  int ordinal = 0;
  std::string text() const;  // "shop/production#41.0"
  auto operator<=>(const EffectId&) const = default;
};

// One copy of a release: the 2nd of deployment 7 is "7-2".
struct InstanceName {
  int deployment = 0;
  int ordinal = 0;  // from 1
  std::string text() const { return std::to_string(deployment) + "-" + std::to_string(ordinal); }
  auto operator<=>(const InstanceName&) const = default;
};

// Brings the instance up, or leaves it be if it is. Done: the port it was given. It isn't healthy by that.
struct StartInstance {
  InstanceName instance;
  Release release;
  std::vector<std::string> command;
  EnvironmentVariables env;
  Duration drain{};
  bool operator==(const StartInstance&) const = default;
};

// SIGTERM, `drain`, SIGKILL of the process group. Done as well if there is no such instance.
struct StopInstance {
  InstanceName instance;
  Duration drain{};
  bool operator==(const StopInstance&) const = default;
};

// The two sets of server slots that a target has in the proxy. A deployment keeps its pool for life.
enum class Pool { a, b };

struct Server {
  InstanceName instance;
  int port = 0;
  bool refused = false;  // it says itself that it isn't well, where the proxy doesn't look
  bool operator==(const Server&) const = default;
};

// One pool as the proxy is to see it. What the proxy asks costs a reload when it changes; servers cost none.
struct PoolRouting {
  std::vector<Server> servers;    // by instance
  std::string health_path = "/";  // what the proxy itself asks them …
  std::string health_host;        // … as whom; empty: as "localhost"
  Duration health_interval{1000};
  Duration health_timeout{1000};
  std::optional<int> health_status;  // nothing: any from 200 to 399
  int panic = 0;  // per cent of the servers; where fewer are up, requests go to all of them
  bool operator==(const PoolRouting&) const = default;
};

// How a target's users are routed: a whole declaration, so that applying it twice changes nothing.
struct Routing {
  std::string listen;          // address:port
  std::optional<Pool> stable;  // nothing: users get 503
  std::optional<Pool> canary;
  std::optional<Pool> fallback;  // who serves users while the stable pool has no server up
  int weight = 0;                // per cent of users to the canary, while its lease is renewed
  Duration lease{15'000};
  std::string salt;               // of the deployment: other users are first each time
  std::string preview;            // a loopback address:port for previews; empty: none
  std::optional<Pool> previewed;  // who answers previews; nothing: whoever answers users
  Sticky sticky;
  PoolRouting a, b;
  int slots = 0;  // server slots each pool must have at least
  PoolRouting& pool(Pool which) { return which == Pool::a ? a : b; }
  const PoolRouting& pool(Pool which) const { return which == Pool::a ? a : b; }
  bool operator==(const Routing&) const = default;
};

// Makes `routing` so in the proxy, durably, with stable set before the canary is cleared. `failed` means that
// nothing was changed, and that trying again is in vain (the address is taken); else it is `unavailable`. A
// later one of a target may be asked for while an earlier one is under way: then the later one doesn't wait
// for it, and the earlier one changes nothing any more, and is `unavailable`.
struct ApplyRouting {
  Routing routing;
  bool operator==(const ApplyRouting&) const = default;
};

// Waits until the proxy has nothing in flight to the pool, `at_most` so long. Done either way, with what was
// left.
struct AwaitDrained {
  Pool pool = Pool::a;
  Duration at_most{};
  bool operator==(const AwaitDrained&) const = default;
};

// Runs every test against every address; failed if one fails.
struct RunSmokeTests {
  Release release;
  std::vector<SmokeTest> tests;
  std::vector<std::string> addresses;  // "127.0.0.1:20001"
  std::string host;                    // the Host header of GETs; empty: the address
  std::optional<Pool> answering;       // at the public address: an answer of another pool is a failure
  bool operator==(const RunSmokeTests&) const = default;
};

// Where a release was made from, as far as whoever deploys it knows.
struct Source {
  std::string commit;  // 40 or 64 hexadecimal digits; empty: unknown
  std::string branch;
  // Since what is stable: one line a commit, newest first. The last one of a list that was too long tells how
  // many more there are: "and 43 more".
  std::vector<std::string> changes;
  bool operator==(const Source&) const = default;
};

// The first so many, and then how many more.
std::vector<std::string> first_changes(std::vector<std::string> changes, std::size_t most);

// Looks at one line of the checklist. Done: Outcome::evidence, passed or not; unavailable: it couldn't be
// looked at, and is tried again, not before Outcome::retry_after.
struct RunCheck {
  Check check;
  Release release;
  Source source;
  std::optional<GitHub> github;
  Run run;                                  // built-ins: what is to be started …
  Run stable;                               // … beside this, which runs …
  int healthy = 0;                          // … with so many healthy instances
  bool replaces = false;                    // there is something stable
  std::vector<Channel> alarms;              // who hears of alerts
  int alerts = 0;                           // how many there are
  std::optional<Duration> rollback_within;  // as it is configured
  Duration way_back{};                      // the longest that going back is to take
  bool operator==(const RunCheck&) const = default;
};

// Tells one channel. `id` is the same at every try, so that whoever can tell takes it once. failed: it will
// never be taken; unavailable: try again, not before Outcome::retry_after.
struct Notify {
  std::string id;  // "shop/production#41.0"
  Channel channel;
  Notice notice;
  bool operator==(const Notify&) const = default;
};

// Puts a release that was promoted and baked before the people of another environment.
struct OfferRelease {
  Target to;
  Release release;
  std::string from;  // environment
  bool operator==(const OfferRelease&) const = default;
};

// What an alert has done when it begins to fire; once, whatever comes of it.
struct RunAlertCommand {
  Alert alert;
  Release release;
  double value = 0;
  bool operator==(const RunAlertCommand&) const = default;
};

using EffectBody = std::variant<StartInstance, StopInstance, ApplyRouting, AwaitDrained, RunSmokeTests,
                                RunCheck, Notify, OfferRelease, RunAlertCommand>;

struct Effect {
  SLIPWAY_DECLARE_VALUE(Effect);
  Effect(EffectId id, EffectBody body);

  EffectId id;
  EffectBody body;
  bool operator==(const Effect&) const;
};

std::string_view kind(const EffectBody& body);  // "start instance", …

struct SmokeResult {
  std::string test;
  std::string address;
  bool passed = false;
  std::string detail;  // why it failed
  Duration took{};
  bool operator==(const SmokeResult&) const = default;
};

// What came of an effect. `unavailable` may work later and is retried; `failed` won't.
struct Outcome {
  enum class Status { done, failed, unavailable };
  static Outcome failed(std::string why);
  static Outcome unavailable(std::string why);

  Status status = Status::done;
  std::string message;                  // why not
  int port = 0;                         // StartInstance
  int in_flight = 0;                    // AwaitDrained: what was left when the time was over
  std::optional<Time> last_request;     // AwaitDrained: when the last request that the pool got was asked
  std::vector<InstanceName> unchecked;  // ApplyRouting: servers that the proxy's own check hasn't passed yet
  std::vector<SmokeResult> smoke;       // RunSmokeTests
  std::optional<Evidence> evidence;     // RunCheck
  std::optional<Duration> retry_after;  // Notify, RunCheck: as whoever was asked wishes
  bool operator==(const Outcome&) const = default;
};

}  // namespace slipway::core
