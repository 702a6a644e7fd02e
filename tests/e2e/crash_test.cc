#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <set>

#include "e2e/world.h"

namespace slipway::e2e {
namespace {

namespace fs = std::filesystem;

// Daemons that die at every append to their journal in turn, before it and after it, while users are served.
class Crash : public World {
 protected:
  enum class End { crashed, finished };

  void begin(const Shape& shape) {
    configure(shape);
    start_daemon();
    const Ran ran = deploy(version_, artifact(version_));
    ASSERT_EQ(ran.status, 0) << ran.out << ran.err;
    ASSERT_TRUE(reaches_end());
    users_ = load();
  }

  std::string next_version() { return version_ = fmt::format("1.{}.0", ++minor_); }

  // In place of the one that runs.
  void start_crashing_daemon(const std::string& side, int append) {
    if (daemon() != 0) kill_daemon();
    crashing_ = test::start({{SLIPWAY_CRASHING_DAEMON, data(), side, std::to_string(append)}, {}, {}},
                            root() / "serve.log");
    ASSERT_TRUE(eventually(Duration(10'000), [&] {
      return has_crashed() || test::call(data() / "slipway.sock", "GET", "/api/v1/version").has_value();
    })) << "the crashing daemon doesn't answer";
  }

  bool has_crashed() {
    int status = 0;
    if (crashing_ != 0 && waitpid(crashing_, &status, WNOHANG) == crashing_) {
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "it ended by itself: " << status;
      crashing_ = 0;
    }
    return crashing_ == 0;
  }

  // The daemon was gone before it answered. Its process may end a moment after its connections.
  bool was_cut_short(const Ran& ran) {
    if (ran.status == 0) return false;
    EXPECT_TRUE(eventually(Duration(5'000), [&] { return has_crashed(); })) << ran.out << ran.err;
    return true;
  }

  // Waits until the crashing daemon has crashed, or has brought all to its end; no daemon is left then.
  End wait_for_its_end() {
    EXPECT_TRUE(eventually(Duration(30'000), [&] {
      if (has_crashed()) return true;
      const Json now = status();
      return !now.is_null() && now["deployment"].is_null() && now["queued"].is_null();
    })) << status().dump(2);
    const End end = has_crashed() ? End::crashed : End::finished;
    if (end == End::finished) {
      ::kill(crashing_, SIGKILL);
      waitpid(crashing_, nullptr, 0);
      crashing_ = 0;
    }
    return end;
  }

  // One HAProxy, one shim for it and for each instance that the daemon tells of, and nothing else.
  testing::AssertionResult nothing_is_orphaned() {
    if (auto told = instances_are_as_told(); !told) return told;
    const std::size_t instances = pids("shop").size();
    std::string there;
    std::size_t shims = 0, masters = 0;
    std::set<pid_t> proxies;
    for (const Process& process : processes("haproxy")) proxies.insert(process.pid);
    for (const Process& process : processes("haproxy")) {
      there += fmt::format("{} (pid {} of {})\n", process.line, process.pid, process.parent);
      if (!proxies.contains(process.parent)) ++masters;
    }
    for (const char* program : {"slipway", "crashing_daemon"}) {
      for (const Process& process : processes(program)) {
        there += process.line + "\n";
        if (process.line.find(" shim ") != std::string::npos) ++shims;
      }
    }
    if (masters == 1 && shims == instances + 1) return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << instances << " instances, " << masters << " HAProxy, " << shims << " shims:\n"
           << there;
  }

  // Each instance that there ever was printed its first line once.
  testing::AssertionResult nothing_was_started_twice() const {
    for (const auto& entry : fs::recursive_directory_iterator(data() / "instances")) {
      if (entry.path().filename() != "output.log") continue;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      std::size_t starts = 0;
      for (std::size_t at = 0; (at = text.find(" listens at ", at)) != std::string::npos; ++at) ++starts;
      if (starts != 1) return testing::AssertionFailure() << entry.path() << ":\n" << text;
    }
    return testing::AssertionSuccess();
  }

  void expect_whole(std::size_t instances, const std::string& where) {
    EXPECT_TRUE(nothing_is_orphaned()) << where;
    EXPECT_TRUE(nothing_was_started_twice()) << where;
    EXPECT_EQ(pids("shop").size(), instances) << where;
    EXPECT_TRUE(clean(users_->so_far())) << where;
  }

  // Asks for it until a daemon has it in its journal: one that crashed before that can't know of it.
  void deploy_surely(const std::string& version, const fs::path& files) {
    if (!was_cut_short(deploy(version, files, {"--detach"}))) return;
    start_daemon();
    const Json now = status();
    if (!now["deployment"].is_null() || now["last"]["number"] == number_) return;
    const Ran ran = deploy(version, files, {"--detach"});
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  }

  void roll_back_surely() {
    const std::vector<std::string> words{"rollback", "production", "--reason", "users complain", "--detach"};
    if (!was_cut_short(slipway(words))) return;
    start_daemon();
    if (stage() != "bake" || status()["deployment"]["undoing"]) return;
    const Ran ran = slipway(words);
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
  }

  // One round for each append of what `ask` asks for: killed there, started again, all brought to `outcome`.
  // Returns how often a daemon was killed; `prepare` brings about what a round begins with.
  int at_every_append(const std::function<void()>& prepare, const std::function<void()>& ask,
                      const std::string& expected_outcome,
                      const std::function<std::string()>& expected_stable) {
    int crashes = 0;
    for (const std::string side : {"before", "after"}) {
      for (int append = 1;; ++append) {
        const std::string where = fmt::format("killed {} append {}", side, append);
        number_ = status()["last"]["number"].get<int>() + 1;
        prepare();
        start_crashing_daemon(side, append);
        ask();
        End end = End::crashed;
        if (daemon() == 0) {
          end = wait_for_its_end();
          start_daemon();
        }
        EXPECT_TRUE(reaches_end()) << where << status().dump(2);
        EXPECT_EQ(outcome(), expected_outcome) << where << status().dump(2);
        EXPECT_EQ(stable(), expected_stable()) << where;
        EXPECT_EQ(status()["last"]["number"], number_) << where;
        expect_whole(2, where);
        if (HasFailure()) return crashes;
        if (end == End::finished) break;
        ++crashes;
      }
    }
    return crashes;
  }

  std::unique_ptr<Load> users_;
  int number_ = 0;  // of the deployment that a round is about
  std::string version_ = "1.0.0";
  int minor_ = 0;
  pid_t crashing_ = 0;
};

TEST_F(Crash, AtEveryAppendOfADeploymentIsMadeGood) {
  begin({.bake = "200ms"});
  const int crashes =
      at_every_append([&] { artifact(next_version()); }, [&] { deploy_surely(version_, artifact(version_)); },
                      "promoted", [&] { return version_; });
  // A request, two starts, two healths, route, tests, shift, promotion, tests, bake, drain, route, two stops:
  // before and after.
  EXPECT_GE(crashes, 30);
  EXPECT_TRUE(clean(users_->stop()));
}

TEST_F(Crash, AtEveryAppendOfADeploymentWhoseSmokeTestFailsIsNeverSeenByAUser) {
  begin({.bake = "200ms"});
  const int crashes = at_every_append(
      [&] { next_version(); }, [&] { deploy_surely(version_, artifact(version_, {{"db_down", true}})); },
      "aborted", [] { return "1.0.0"; });
  EXPECT_GT(crashes, 16);
  const LoadReport report = users_->stop();
  EXPECT_TRUE(clean(report));
  EXPECT_EQ(report.versions.size(), 1u) << report.text();
}

TEST_F(Crash, AtEveryAppendOfARollbackInBakeIsMadeGood) {
  begin({.bake = "60s"});
  const auto until_bake = [&] {
    const std::string version = next_version();
    ASSERT_EQ(deploy(version, artifact(version), {"--detach"}).status, 0);
    ASSERT_TRUE(eventually(Duration(20'000), [&] { return stage() == "bake"; })) << stage();
  };
  const int crashes =
      at_every_append(until_bake, [&] { roll_back_surely(); }, "rolled_back", [] { return "1.0.0"; });
  EXPECT_GT(crashes, 8);
  EXPECT_TRUE(clean(users_->stop()));
}

// Each life of the daemon gets one line further.
class CrashAgain : public Crash, public testing::WithParamInterface<std::pair<const char*, int>> {};

TEST_P(CrashAgain, AndAgainADeploymentIsPromoted) {
  begin({.bake = "200ms"});
  const auto [side, append] = GetParam();
  const fs::path files = artifact(next_version());
  start_crashing_daemon("after", 1);
  ASSERT_TRUE(was_cut_short(deploy(version_, files, {"--detach"})));
  int lives = 1;
  for (constexpr int too_many = 60; lives < too_many; ++lives) {
    start_crashing_daemon(side, append);
    if (wait_for_its_end() == End::finished) break;
  }
  start_daemon();
  EXPECT_GT(lives, 6);
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "promoted") << status().dump(2);
  EXPECT_EQ(stable(), version_);
  expect_whole(2, "in the end");
  EXPECT_TRUE(clean(users_->stop()));
}

INSTANTIATE_TEST_SUITE_P(
    Lives, CrashAgain, testing::Values(std::pair("after", 1), std::pair("before", 2), std::pair("after", 2)),
    [](const auto& life) { return fmt::format("{}{}", life.param.first, life.param.second); });

}  // namespace
}  // namespace slipway::e2e
