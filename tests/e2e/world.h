#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/command.h"
#include "support/descendants.h"
#include "support/http.h"
#include "support/load.h"
#include "support/port.h"
#include "support/wait.h"

namespace slipway::e2e {

using test::free_port;
using test::Load;
using test::LoadReport;
using test::Process;
using test::Ran;

// What slipway.yaml is to say.
struct Shape {
  std::string service = "shop";
  int instances = 2;
  std::string bake = "300ms";
  std::string drain = "5s";
  std::string grace = "20s";
  std::string progress_deadline = "1m";
  std::map<std::string, std::string> env{};  // YAML values
  std::vector<std::string> smoke_tests{};    // YAML flow mappings, beside a GET of /api/health/db
  std::vector<std::string> steps{};          // YAML flow mappings: a canary by the cookie `sid`
  std::vector<std::string> triggers{};       // YAML flow mappings
  std::string lease = "15s";                 // of the canary
  std::string undecided = "pause";
};

// A machine of its own: a data directory, the daemon, artifacts and configurations, each test's own. Ends
// every process that came of it, whatever the test did.
class World : public testing::Test {
 protected:
  World();
  ~World() override;

  // The folder's paths.
  std::filesystem::path root() const { return root_; }
  std::filesystem::path data() const { return root_ / "data"; }
  std::string daemon_log() const;

  // DIR/<service>.yaml; its environment is "production", on a port that stays the service's own.
  std::filesystem::path configure(const Shape& shape = {});
  int port(const std::string& service = "shop") const { return ports_.at(service); }
  // A folder with the shop and its shop.json: {"version": version} and `switches`.
  std::filesystem::path artifact(const std::string& version, Json switches = Json::object());

  // Returns when it answers. With an expectation broken where it doesn't.
  void start_daemon(const std::vector<std::string>& environment = {});
  void kill_daemon();  // SIGKILL
  pid_t daemon() const { return daemon_; }
  // As started, without waiting for anything but its end.
  Ran serve_again();

  // `slipway WORDS… --data DIR`
  Ran slipway(std::vector<std::string> words, Duration within = Duration(60'000)) const;
  // `slipway deploy production --version V --artifact … -f …` with `more`; when waiting, until its bake is
  // over too.
  Ran deploy(const std::string& version, const std::filesystem::path& artifact,
             const std::vector<std::string>& more = {"--wait"}, const std::string& service = "shop");

  // GET /api/v1/targets/<service>/production; null where the daemon doesn't answer.
  Json status(const std::string& service = "shop") const;
  std::string stage() const;    // its kind; empty: no deployment is under way
  std::string outcome() const;  // of the last deployment that ended
  std::string stable() const;   // its version
  bool reaches_end(
      Duration within = Duration(30'000)) const;  // no deployment is under way, and the daemon says so

  // What the proxy answers to a command on its runtime socket; empty where it doesn't.
  std::string ask_proxy(const std::string& command) const;

  // `users` of them by cookie; 0: without.
  std::unique_ptr<Load> load(int connections = 8, const std::string& service = "shop", int users = 0);

  // By program: the proxy's are "haproxy", instances "shop", shims and the daemon "slipway".
  static std::vector<Process> processes(const std::string& program);
  static std::vector<pid_t> pids(const std::string& program);
  // The processes of instances are those that the daemon tells of, no more and no fewer.
  testing::AssertionResult instances_are_as_told() const;

  // All processes gone at once, another boot id. False where this user may not pretend that.
  bool reboot();
  // Mounts a file system of `bytes` at the data directory, before the daemon is started. False: not allowed.
  bool limit_data(std::size_t bytes);
  void fill_data() const;
  void empty_data() const;

 private:
  std::filesystem::path root_;
  std::map<std::string, int> ports_;
  pid_t daemon_ = 0;
  bool boot_id_mounted_ = false;
  bool data_mounted_ = false;
};

testing::AssertionResult clean(const LoadReport& report);

// In folders that are made where there are none.
void write(const std::filesystem::path& path, const std::string& text);

}  // namespace slipway::e2e
