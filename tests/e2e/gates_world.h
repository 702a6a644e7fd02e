#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "e2e/world.h"

namespace slipway::e2e {

// One environment of several: its YAML lines beside `listen`.
struct Place {
  std::string name;
  std::vector<std::string> lines{};
};

// What shop.yaml is to say of gates; the rest is as short as it may be.
struct Gated {
  std::vector<Place> places{{"production"}};
  std::vector<std::string> checks{};         // YAML flow mappings
  std::vector<std::string> notifications{};  // YAML flow mappings
  std::vector<std::string> steps{};          // of the environments that say `strategy: canary`
};

// One service in several environments, with gates before them, and several people.
class GatesWorld : public World {
 protected:
  // Checks run as another user, and leave their marks here.
  GatesWorld() {
    std::filesystem::create_directory(marks());
    std::filesystem::permissions(marks(), std::filesystem::perms(0777));
  }
  std::filesystem::path marks() const { return root() / "marks"; }

  void configure(const Gated& gated) {
    std::ofstream file(root() / "shop.yaml");
    file << "service: shop\nrun:\n  engine: process\n  command: [\"./shop\", \"--port\", \"${PORT}\"]\n"
            "  health: {http: /health, interval: 100ms, timeout: 1s, grace: 20s}\n  drain: 5s\n"
            "  progress_deadline: 1m\nstrategy:\n  blue_green: {bake: 200ms}\n";
    if (!gated.steps.empty()) file << "  canary:\n    bake: 200ms\n    judge: none\n    steps:\n";
    for (const std::string& step : gated.steps) file << "      - " << step << '\n';
    file << "environments:\n";
    for (const Place& place : gated.places) {
      if (!ports_.contains(place.name)) ports_[place.name] = free_port();
      file << fmt::format("  {}:\n    listen: 127.0.0.1:{}\n", place.name, ports_[place.name]);
      for (const std::string& line : place.lines) file << "    " << line << '\n';
    }
    if (!gated.checks.empty()) file << "checklist:\n  code:\n";
    for (const std::string& check : gated.checks) file << "    - " << check << '\n';
    if (!gated.notifications.empty()) file << "notifications:\n";
    for (const std::string& notification : gated.notifications) file << "  - " << notification << '\n';
  }
  // A window of so many minutes from now, in whole ones: it opens and closes as the clock's minutes begin.
  static std::string window(int from, int to) {
    const auto clock = [now = std::chrono::system_clock::now()](int minutes) {
      const auto of_day =
          std::chrono::floor<std::chrono::minutes>(now + std::chrono::minutes(minutes)).time_since_epoch() %
          std::chrono::days(1);
      return fmt::format("{:02}:{:02}", of_day / std::chrono::hours(1),
                         of_day % std::chrono::hours(1) / std::chrono::minutes(1));
    };
    return fmt::format("windows: [{{from: \"{}\", to: \"{}\"}}]", clock(from), clock(to));
  }
  // A check that a shell runs.
  static std::string check(const std::string& name, const std::string& script, const std::string& more = "") {
    return fmt::format("{{name: {}, run: [\"/bin/sh\", \"-c\", {}]{}}}", name, Json(script).dump(),
                       more.empty() ? "" : ", " + more);
  }

  // Whoever may try it is told by rights, not by the socket's permissions.
  void start_daemon_for_everybody() {
    start_daemon({"no_proxy=127.0.0.1"});
    chmod((data() / "slipway.sock").c_str(), 0666);
  }
  // `slipway WORDS… --data DIR` as another user of the system.
  Ran slipway_as(uid_t user, std::vector<std::string> words) const {
    const std::string number = std::to_string(user);
    words.insert(words.begin(),
                 {"setpriv", "--reuid", number, "--regid", number, "--clear-groups", SLIPWAY_BINARY});
    words.insert(words.end(), {"--data", data()});
    return test::run({words, {}, root()});
  }
  std::vector<std::string> deployment(const std::string& environment, const std::string& version,
                                      const std::vector<std::string>& more = {"--detach"}) const {
    std::vector<std::string> words{"deploy", environment, "--version",  version,
                                   "-f",     "shop.yaml", "--artifact", root() / "artifacts" / version};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Ran deploy_to(const std::string& environment, const std::string& version,
                const std::vector<std::string>& more = {"--detach"}) {
    if (!std::filesystem::exists(root() / "artifacts" / version)) artifact(version);
    return slipway(deployment(environment, version, more));
  }
  // It is promoted there, and its bake is over.
  void bring(const std::string& version, const std::vector<std::string>& environments) {
    for (const std::string& environment : environments) {
      const Ran ran = deploy_to(environment, version);
      ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
    }
    for (const std::string& environment : environments) {
      ASSERT_TRUE(ends(environment)) << view(environment).dump(2);
      ASSERT_EQ(view(environment)["stable"]["version"], version);
    }
  }

  // GET /api/v1/targets/shop/ENVIRONMENT…; null where the daemon doesn't answer.
  Json view(const std::string& environment, const std::string& more = "") const {
    const auto answer = test::call(data() / "slipway.sock", "GET",
                                   "/api/v1/targets/shop/" + environment + more, "", Duration(2'000));
    return answer && answer->status == 200 ? Json::parse(answer->body) : Json();
  }
  std::string stage_of(const std::string& environment) const {
    const Json now = view(environment);
    return now.is_null() || now["deployment"].is_null() ? "" : now["deployment"]["stage"]["kind"];
  }
  bool comes_to_stage(const std::string& environment, const std::string& stage,
                      Duration within = Duration(20'000)) const {
    return eventually(within, [&] { return stage_of(environment) == stage; });
  }
  bool ends(const std::string& environment, Duration within = Duration(30'000)) const {
    return eventually(within, [&] {
      const Json now = view(environment);
      return now.is_object() && now["deployment"].is_null() && now["queued"].is_null();
    });
  }
  std::string outcome_at(const std::string& environment) const {
    const Json now = view(environment);
    return now.is_null() || now["last"].is_null() ? "" : now["last"]["outcome"].get<std::string>();
  }
  std::string cause_at(const std::string& environment) const { return view(environment)["last"]["cause"]; }
  std::string stable_at(const std::string& environment) const {
    const Json now = view(environment);
    return now.is_null() || now["stable"].is_null() ? "" : now["stable"]["version"].get<std::string>();
  }
  std::string timeline(const std::string& environment, int number) const {
    return slipway({"history", environment, "--deployment", std::to_string(number)}).out;
  }
  std::string digest(const std::string& environment) const { return view(environment)["stable"]["digest"]; }
  // Rows of the audit trail, newest first.
  Json audit_rows() const {
    const Ran ran = slipway({"audit", "--limit", "1000", "--json"});
    return ran.status == 0 ? Json::parse(ran.out)["rows"] : Json::array();
  }

  int port_of(const std::string& environment) const { return ports_.at(environment); }
  std::unique_ptr<Load> users_of(const std::string& environment) const {
    return Load::start({.port = port_of(environment), .connections = 4, .pause = Duration(10)});
  }

 private:
  std::map<std::string, int> ports_;
};

// Refused, and says why.
inline testing::AssertionResult refused(const Ran& ran, const std::string& why) {
  if (ran.status == 3 && (ran.out + ran.err).find(why) != std::string::npos)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << "exit " << ran.status << ": " << ran.out << ran.err
                                     << "\nand not: " << why;
}

inline testing::AssertionResult done(const Ran& ran) {
  if (ran.status == 0) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "exit " << ran.status << ": " << ran.out << ran.err;
}

}  // namespace slipway::e2e
