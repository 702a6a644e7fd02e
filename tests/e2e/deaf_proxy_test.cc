#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

#include "e2e/canary.h"
#include "os/file.h"
#include "os/unix_socket.h"

// HAProxy is disturbed at every stage of a canary and of its rollback: its master doesn't answer, is stopped,
// reloads without end, or is killed; or its worker is killed.
namespace slipway::e2e {
namespace {

// HAProxy's processes. The daemon runs others for a moment, to check a configuration.
struct ProxyProcesses {
  pid_t master = 0;  // 0: there is none
  std::vector<pid_t> workers;
};

ProxyProcesses proxy_processes() {
  ProxyProcesses found;
  for (const Process& process : test::descendants()) {
    if (!process.exe.ends_with("/haproxy") || process.line.find(" -W ") == std::string::npos) continue;
    if (found.master != 0 && process.parent == found.master)
      found.workers.push_back(process.pid);
    else
      found.master = process.pid;
  }
  return found;
}

class Disturbance {
 public:
  virtual ~Disturbance() = default;
  // Begins it, or begins it anew.
  virtual void strike() = 0;
  // Whether the proxy is disturbed now.
  virtual testing::AssertionResult lasts() = 0;
  // How often all connections to the proxy were cut.
  virtual std::uint64_t cuts() const { return 0; }
};

// Clients take all sessions of the master and fill its listener's backlog, and never end. When the daemon
// renews the master, which it does after a while, they do so again.
class DeafMaster final : public Disturbance {
 public:
  explicit DeafMaster(std::filesystem::path socket) : socket_(std::move(socket)) {}

  void strike() override {
    // HAProxy's own limit. The backlog takes some more.
    constexpr std::size_t at_once = 10;
    if (!crowd_.joinable()) crowd_ = std::jthread([this](const std::stop_token& stop) { crowd(stop); });
    leave();
    EXPECT_TRUE(eventually(Duration(20'000), [&] { return size() > at_once; }));
    EXPECT_TRUE(lasts());
  }
  testing::AssertionResult lasts() override {
    if (eventually(Duration(20'000), [&] { return is_deaf(); })) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "the master takes connections";
  }

 private:
  bool is_deaf() const {
    const auto session = os::connect_unix(socket_, Duration(50));
    return !session && session.error().kind == ErrorKind::unavailable;
  }
  void crowd(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      auto session = os::connect_unix(socket_, Duration(50));
      const std::scoped_lock lock(mutex_);
      if (session) sessions_.push_back(*std::move(session));
    }
  }
  void leave() {
    const std::scoped_lock lock(mutex_);
    sessions_.clear();
  }
  std::size_t size() {
    const std::scoped_lock lock(mutex_);
    return sessions_.size();
  }

  std::filesystem::path socket_;
  std::mutex mutex_;
  std::vector<os::Fd> sessions_;
  std::jthread crowd_;
};

class StoppedMaster final : public Disturbance {
 public:
  ~StoppedMaster() override { go_on(); }
  void strike() override {
    go_on();
    master_ = proxy_processes().master;
    ASSERT_NE(master_, 0);
    ::kill(master_, SIGSTOP);
    EXPECT_TRUE(eventually(Duration(20'000), [&] { return is_stopped(); }));
  }
  testing::AssertionResult lasts() override {
    if (is_stopped()) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "the master runs";
  }

 private:
  void go_on() {
    if (master_ != 0) ::kill(master_, SIGCONT);
  }
  bool is_stopped() const {
    const auto status = os::read_file(fmt::format("/proc/{}/status", master_));
    return status && status->find("\nState:\tT") != std::string::npos;
  }
  pid_t master_ = 0;
};

// Asks for the next reload once the last one has brought a worker.
class ReloadedMaster final : public Disturbance {
 public:
  void strike() override {
    if (!loop_.joinable()) loop_ = std::jthread([this](const std::stop_token& stop) { loop(stop); });
    EXPECT_TRUE(lasts());
  }
  testing::AssertionResult lasts() override {
    const int before = std::exchange(seen_, reloads_.load());
    if (eventually(Duration(20'000), [&] { return reloads_ > before; })) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "HAProxy doesn't reload";
  }

 private:
  void loop(const std::stop_token& stop) {
    const pid_t master = proxy_processes().master;
    const std::string children = fmt::format("/proc/{}/task/{}/children", master, master);
    const auto newest = [&] {
      std::istringstream list(os::read_file(children).value_or(""));
      pid_t last = 0;
      for (pid_t pid = 0; list >> pid;) last = pid;
      return last;
    };
    while (!stop.stop_requested()) {
      const pid_t before = newest();
      ::kill(master, SIGUSR2);
      // A master that has just begun anew takes no notice of a signal.
      if (eventually(Duration(500), [&] { return newest() != before; })) ++reloads_;
    }
  }
  int seen_ = 0;
  std::atomic<int> reloads_ = 0;
  std::jthread loop_;
};

// The master and its worker end with each other, and the shim starts HAProxy anew.
class KilledProxy final : public Disturbance {
 public:
  enum class Whom { master, worker };
  explicit KilledProxy(Whom whom) : whom_(whom) {}

  void strike() override {
    ProxyProcesses found;
    ASSERT_TRUE(eventually(Duration(20'000), [&] {
      found = proxy_processes();
      return found.master != 0 && found.master != killed_ && !found.workers.empty();
    })) << "it didn't come back from the last time";
    killed_ = found.master;
    ++cuts_;
    if (whom_ == Whom::master) found.workers = {found.master};
    for (const pid_t pid : found.workers) ::kill(pid, SIGKILL);
  }
  testing::AssertionResult lasts() override {
    if (eventually(Duration(20'000), [&] { return proxy_processes().master != killed_; }))
      return testing::AssertionSuccess();
    return testing::AssertionFailure() << "its master lives on";
  }
  std::uint64_t cuts() const override { return cuts_; }

 private:
  Whom whom_;
  pid_t killed_ = 0;
  std::uint64_t cuts_ = 0;
};

enum class Trouble { deaf, stopped, reloaded, master_killed, worker_killed };

class DisturbedProxy : public CanaryWorld, public testing::WithParamInterface<Trouble> {
 protected:
  static constexpr int user_count = 1000;
  static constexpr int connections = 4, slow_connections = 32;

  // Stages that would be over in a moment take long enough to be met: the canary's instances start slowly,
  // its smoke tests take their time, some users wait long for their answers, and instances don't end when
  // told to.
  Shape shape(const std::string& bake) const {
    return {.bake = bake,
            .drain = "1m",
            .smoke_tests = {"{name: Slow, get: \"/slow?ms=500\", when: canary}"},
            .steps = {"{weight: 50, hold: 1m}", "{weight: 100}"},
            .lease = "1m"};
  }
  void begin_disturbed() {
    configure(shape("100ms"));
    start_daemon();
    // The second release that the proxy meets makes it reload, which a stopped master doesn't do.
    const bool knows_two = GetParam() == Trouble::stopped;
    if (knows_two) {
      deploy_beside("0.9.0");
      ASSERT_TRUE(reaches_end());
    }
    deploy_beside("1.0.0", {{"ignore_sigterm", true}});
    if (knows_two) {
      ASSERT_TRUE(comes_to_stage("hold"));
      say("promote", {"--detach"});
    }
    ASSERT_TRUE(reaches_end());
    configure(shape("1m"));
    disturbance_ = make();
    users_ = Load::start(
        {.port = port(), .connections = connections, .silence = Duration(60'000), .users = user_count});
  }
  void deploy_slowly(const std::string& version) {
    deploy_beside(version, {{"slow_start_ms", 1000}, {"ignore_sigterm", true}});
  }

  std::unique_ptr<Disturbance> make() const {
    switch (GetParam()) {
      case Trouble::deaf:
        return std::make_unique<DeafMaster>(data() / "proxy" / "master.sock");
      case Trouble::stopped:
        return std::make_unique<StoppedMaster>();
      case Trouble::reloaded:
        return std::make_unique<ReloadedMaster>();
      case Trouble::master_killed:
        return std::make_unique<KilledProxy>(KilledProxy::Whom::master);
      case Trouble::worker_killed:
        return std::make_unique<KilledProxy>(KilledProxy::Whom::worker);
    }
    return nullptr;
  }

  // A stage may be over before the command that led to it returns.
  static std::future<void> meanwhile(std::function<void()> action) {
    return std::async(std::launch::async, std::move(action));
  }
  bool comes_to_stage(const std::string& kind) const {
    return eventually(Duration(20'000), [&] { return stage() == kind; });
  }
  void strike_at(const std::string& kind) {
    ASSERT_TRUE(comes_to_stage(kind)) << kind << "; it is at " << stage();
    disturbance_->strike();
  }

  // They ignore SIGTERM, and are started anew until the daemon has them stopped.
  void kill_instances_until_over(const std::string& role, const std::string& kind) {
    EXPECT_TRUE(eventually(Duration(30'000), [&] {
      for (const pid_t pid : of(role)) ::kill(pid, SIGKILL);
      return stage() != kind;
    }));
  }

  // Requests in flight to a role's release.
  int in_flight(const std::string& role) const {
    const Json::json_pointer place("/users/" + role + "/in_flight");
    const Json view = status();
    return view.contains(place) && view[place].is_number() ? view[place].get<int>() : 0;
  }
  // Users of both releases wait for a long answer.
  void have_slow_answers_under_way() {
    slow_ = Load::start({.port = port(),
                         .connections = slow_connections,
                         .path = "/slow?ms=60000",
                         .silence = Duration(120'000),
                         .users = user_count});
    EXPECT_TRUE(eventually(Duration(20'000), [&] {
      return in_flight("stable") > connections && in_flight("canary") > connections;
    }));
  }

  // Of the next two hundred requests.
  LoadReport next_answers() {
    users_->since_last();
    const auto before = users_->so_far().requests;
    EXPECT_TRUE(eventually(Duration(20'000), [&] { return users_->so_far().requests >= before + 200; }));
    return users_->since_last();
  }
  // Waits for less than the canary's lease: users are back because the proxy was told.
  void expect_users_back_on(const std::string& version) {
    EXPECT_TRUE(eventually(Duration(20'000), [&] {
      const LoadReport met = next_answers();
      return met.versions.size() == 1 && met.versions.contains(version);
    })) << users_->so_far().text();
    EXPECT_TRUE(disturbance_->lasts());
  }
  void expect_end(const std::string& how, const std::string& version) {
    EXPECT_TRUE(reaches_end()) << status().dump(2);
    EXPECT_TRUE(disturbance_->lasts());
    EXPECT_TRUE(eventually(Duration(20'000), [&] { return outcome() == how && stable() == version; }))
        << status().dump(2);
    if (how != "promoted" && disturbance_->cuts() == 0) {
      EXPECT_LT(last()["restore_ms"], 2'000) << last().dump(2);
    }
    expect_no_request_lost(*slow_, slow_connections);
    expect_no_request_lost(*users_, connections);
  }
  // A kill may cost the requests that were in flight, and those that were refused until the proxy was back.
  void expect_no_request_lost(const Load& load, std::uint64_t at_once) const {
    const LoadReport report = load.so_far();
    EXPECT_EQ(report.not_2xx, 0U) << report.text();
    EXPECT_LE(report.failed - report.refused, at_once * disturbance_->cuts()) << report.text();
    if (disturbance_->cuts() == 0) {
      EXPECT_EQ(report.refused, 0U) << report.text();
    }
  }
  // Ends the disturbance. The proxy must be itself again.
  void recover() {
    disturbance_.reset();
    slow_.reset();
    EXPECT_TRUE(eventually(Duration(20'000), [&] {
      const auto master = os::connect_unix(data() / "proxy" / "master.sock", Duration(100));
      return master && clean(next_answers());
    }));
    EXPECT_TRUE(instances_are_as_told());
  }

  std::unique_ptr<Disturbance> disturbance_;
  std::unique_ptr<Load> users_, slow_;
};

TEST_P(DisturbedProxy, TakesACanaryForward) {
  begin_disturbed();
  configure(shape("100ms"));
  disturbance_->strike();
  const auto begun = meanwhile([&] { deploy_slowly("1.1.0"); });
  strike_at("healthy");
  strike_at("smoke tests");
  strike_at("hold");
  EXPECT_TRUE(comes_to(50));
  EXPECT_TRUE(eventually(Duration(20'000), [&] { return next_answers().versions.size() == 2; }));
  have_slow_answers_under_way();
  const auto hurried = meanwhile([&] { say("promote", {"--detach"}); });
  strike_at("drain");
  slow_->stop();
  strike_at("retire");
  kill_instances_until_over("previous", "retire");
  expect_users_back_on("1.1.0");
  expect_end("promoted", "1.1.0");
  recover();
}

TEST_P(DisturbedProxy, TakesACanaryBack) {
  begin_disturbed();
  disturbance_->strike();
  deploy_slowly("1.1.0");
  strike_at("hold");
  have_slow_answers_under_way();
  const auto aborted = meanwhile([&] { say("abort", {"--detach"}); });
  strike_at("drain canary");
  slow_->stop();
  strike_at("stop canary");
  kill_instances_until_over("canary", "stop canary");
  expect_users_back_on("1.0.0");
  expect_end("aborted", "1.0.0");

  deploy_beside("1.2.0");
  ASSERT_TRUE(comes_to_stage("hold"));
  say("promote", {"--detach"});
  strike_at("bake");
  disturbance_->strike();
  say("rollback", {"--detach"});
  expect_users_back_on("1.0.0");
  expect_end("rolled_back", "1.0.0");
  recover();
}

INSTANTIATE_TEST_SUITE_P(Troubles, DisturbedProxy,
                         testing::Values(Trouble::deaf, Trouble::stopped, Trouble::reloaded,
                                         Trouble::master_killed, Trouble::worker_killed),
                         [](const auto& trouble) {
                           switch (trouble.param) {
                             case Trouble::deaf:
                               return "MasterDeaf";
                             case Trouble::stopped:
                               return "MasterStopped";
                             case Trouble::reloaded:
                               return "MasterReloaded";
                             case Trouble::master_killed:
                               return "MasterKilled";
                             case Trouble::worker_killed:
                               return "WorkerKilled";
                           }
                           return "";
                         });

}  // namespace
}  // namespace slipway::e2e
