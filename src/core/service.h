#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/value.h"
#include "core/alert.h"
#include "core/expectation.h"
#include "core/gates.h"
#include "core/notice.h"
#include "core/secret.h"
#include "judge/settings.h"
#include "judge/trigger.h"

// What a slipway.yaml says, once read: a service, its environments, and what is bound for one of them.
namespace slipway::core {

// The request that asks an instance for its health, the same whoever asks: the daemon, or the proxy.
struct HealthCheck {
  std::string path = "/";
  // The Host header. Empty, for what was started before this was said: each asker's own.
  std::string host;
  Expectation expect;
  Duration interval{1000};
  Duration timeout{1000};
  Duration grace{60'000};  // from an instance's start until it must be healthy
  // Per cent of a pool, 0 … 100. Where fewer would stay in it, all do: what fails everywhere at once is no
  // instance's fault.
  int panic = 0;
  bool operator==(const HealthCheck&) const = default;
};

struct Run {
  std::vector<std::string> command;  // its first word is looked up in the artifact, then in PATH
  EnvironmentVariables env;
  int instances = 1;  // 1 … 1000
  int maximum_percent = 200;
  HealthCheck health;
  Duration drain{30'000};               // for requests in flight to end; and again from SIGTERM to SIGKILL
  Duration progress_deadline{600'000};  // holds apart
  bool operator==(const Run&) const = default;
};

struct CanaryStep {
  int weight = 100;    // per cent of users on the canary, 1 … 100
  Duration hold{0};    // at least this long
  bool early = false;  // it may end sooner, once the judge accepts the canary
  bool operator==(const CanaryStep&) const = default;
};

// What to do when it isn't known at twice a step's hold whether the canary is healthy.
enum class Undecided { pause, advance, roll_back };

// Blue-green is a canary with the one step 100.
struct Strategy {
  std::vector<CanaryStep> steps{CanaryStep{}};  // weights rise; the last one is 100
  Undecided undecided = Undecided::pause;
  Duration bake{30'000};   // how long the old release stays warm after promotion
  Duration lease{15'000};  // users return to stable by themselves when the daemon is silent for so long
  judge::Settings judge;   // of a canary; nothing is compared where all users move at once
  bool compared = true;    // a canary with stable; false where too few users come: only limits are watched
  bool operator==(const Strategy&) const = default;
};

// How a user is known again, so that they see one release within a step. Neither: by a cookie that the proxy
// sets, where a browser asks, which serves too where the one named is missing.
struct Sticky {
  std::string cookie;
  std::string header;  // lowercase
  // A request that nobody is known by: each is given a release by itself; or, as deployments of before this
  // was said have it, all of an address are one user.
  bool drawn = false;
  std::vector<std::string> trusted_proxies;  // "10.0.0.0/8": whose X-Forwarded-For says the address
  bool operator==(const Sticky&) const = default;
};

struct SmokeTest {
  enum class When { canary, promoted, both };
  std::string name;
  std::optional<std::string> get;  // a path: an HTTP GET …
  Expectation expect;
  std::vector<std::string> command;  // … or a command, with BASE_URL in its environment
  Duration timeout{10'000};          // per attempt
  When when = When::both;
  bool operator==(const SmokeTest&) const = default;
};

struct Environment {
  std::string name;
  std::string purpose;
  std::string url;
  std::string branch;
  bool auto_deploy = false;
  std::string listen;  // address:port, where users' requests arrive
  std::optional<int> instances;
  EnvironmentVariables env;  // added to run.env, winning over it
  std::string preview;       // a loopback address:port, where the canary answers before users are on it
  Sticky sticky;
  bool canary = false;  // the strategy: `canary`, else `blue_green`
  Gates gates;          // its own part; what is the service's stands below
  bool operator==(const Environment&) const = default;
};

struct Service {
  SLIPWAY_DECLARE_VALUE(Service);

  std::string name;
  std::map<std::string, std::string> metadata;
  Run run;
  std::vector<Environment> environments;  // in the order written
  Strategy blue_green;
  Strategy canary;
  std::vector<judge::Trigger> rollback_triggers;
  std::vector<SmokeTest> smoke_tests;
  std::vector<Check> checklist;  // of environments that people deploy to: those without auto_deploy
  calendar::Schedule schedule;   // of those of them that have windows
  std::optional<GitHub> github;
  std::vector<Channel> notifications;
  std::vector<Alert> alerts;
  bool operator==(const Service&) const;
};

// The configuration bound for one environment: all that a deployment needs, secrets by reference.
struct Bound {
  SLIPWAY_DECLARE_VALUE(Bound);

  std::string listen;
  std::string url;
  Run run;
  std::string preview;
  Sticky sticky;
  Strategy strategy;
  std::vector<judge::Trigger> rollback_triggers;
  std::vector<SmokeTest> smoke_tests;
  Gates gates;
  std::vector<Channel> notifications;
  std::vector<Alert> alerts;
  bool operator==(const Bound&) const;
};

// Where one asks a listener on this host: "*:80" and "0.0.0.0:80" listen on loopback too.
std::string reachable(const std::string& listen);

// The Host header of requests to `url`, else to `listen`; "127.0.0.1:8080" for "*:8080".
std::string host_of(const std::string& url, const std::string& listen);

// not_found, naming the environments there are, when `environment` isn't one of them.
Result<Bound> bind(const Service& service, std::string_view environment);

}  // namespace slipway::core
