#pragma once

#include <algorithm>
#include <csignal>
#include <set>
#include <string>

#include "e2e/world.h"

namespace slipway::e2e {

// 1.0.0 at work, for a canary beside it.
class CanaryWorld : public World {
 protected:
  void begin(const Shape& shape) {
    configure(shape);
    start_daemon();
    const Ran ran = deploy("1.0.0", artifact("1.0.0"));
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
    ASSERT_TRUE(reaches_end());
  }

  // Returns once its deployment has begun.
  void deploy_beside(const std::string& version, const Json& switches = Json::object()) {
    const Ran ran = deploy(version, artifact(version, switches), {"--detach"});
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
  }

  // Per cent of users on the canary, as the proxy has it; -1 where it isn't known.
  int weight() const {
    const Json view = status();
    return view.is_object() && view["weight"]["actual"].is_number() ? view["weight"]["actual"].get<int>()
                                                                    : -1;
  }
  bool comes_to(int share, Duration within = Duration(20'000)) const {
    return eventually(within, [&] { return weight() == share; });
  }

  // `slipway WORD production`, which must succeed.
  void say(const std::string& word, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{word, "production"};
    words.insert(words.end(), more.begin(), more.end());
    const Ran ran = slipway(words);
    EXPECT_EQ(ran.status, 0) << word << ": " << ran.out << ran.err;
  }

  // The processes of a role's instances; none where no release has that role.
  std::vector<pid_t> of(const std::string& role) const {
    std::vector<pid_t> found;
    const Json view = status();
    if (view.is_null() || view[role].is_null()) return {};
    for (const Json& instance : view[role]["instances"])
      if (instance["pid"].is_number()) found.push_back(instance["pid"].get<pid_t>());
    return found;
  }
  void signal_all(const std::vector<pid_t>& processes, int signal) {
    EXPECT_FALSE(processes.empty());
    for (const pid_t pid : processes) kill(pid, signal);
  }

  Json last() const { return status()["last"]; }
  // What happened in the last deployment that ended, or in `number`.
  std::string timeline(int number) const {
    return slipway({"history", "production", "--deployment", std::to_string(number)}).out;
  }
  bool told(int number, const std::string& what) const {
    return eventually(Duration(20'000), [&] { return timeline(number).find(what) != std::string::npos; });
  }
};

}  // namespace slipway::e2e
