#include "e2e/world.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iostream>
#include <set>

#include "base/check.h"
#include "os/unix_socket.h"

namespace slipway::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* boot_id_file = "/proc/sys/kernel/random/boot_id";

std::string tail(const std::string& text, std::size_t bytes) {
  return text.size() <= bytes ? text : "…" + text.substr(text.size() - bytes);
}

}  // namespace

World::World() {
  std::string pattern = (fs::temp_directory_path() / "slipway-e2e-XXXXXX").string();
  CHECK(mkdtemp(pattern.data()));
  root_ = pattern;
  // The proxy's and the instances' users must be able to enter.
  fs::permissions(root_, fs::perms(0755));
}

World::~World() {
  if (HasFailure()) std::cerr << "--- the daemon's log:\n" << tail(daemon_log(), 20'000) << "---\n";
  test::end_descendants();
  if (boot_id_mounted_) umount2(boot_id_file, MNT_DETACH);
  if (data_mounted_) umount2(data().c_str(), MNT_DETACH);
  std::error_code ignored;
  // Artifacts are read-only.
  for (const auto& entry : fs::recursive_directory_iterator(root_, ignored)) {
    if (entry.is_directory(ignored)) fs::permissions(entry.path(), fs::perms(0700), ignored);
  }
  fs::remove_all(root_, ignored);
}

std::string World::daemon_log() const {
  std::ifstream file(root_ / "serve.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

// Below the ports of instances and the ephemeral ones.
fs::path World::configure(const Shape& shape) {
  if (!ports_.contains(shape.service)) ports_[shape.service] = free_port();
  std::string env, tests;
  for (const auto& [name, value] : shape.env) env += fmt::format("    {}: {}\n", name, value);
  for (const std::string& smoke_test : shape.smoke_tests) tests += fmt::format("  - {}\n", smoke_test);
  std::string strategy = fmt::format("strategy:\n  blue_green: {{bake: {}}}\n", shape.bake);
  if (!shape.steps.empty()) {
    strategy =
        fmt::format("strategy:\n  canary:\n    bake: {}\n    lease: {}\n    undecided: {}\n    steps:\n",
                    shape.bake, shape.lease, shape.undecided);
    for (const std::string& step : shape.steps) strategy += fmt::format("      - {}\n", step);
  }
  if (!shape.triggers.empty()) strategy += "rollback_triggers:\n";
  for (const std::string& trigger : shape.triggers) strategy += fmt::format("  - {}\n", trigger);
  const fs::path path = root_ / (shape.service + ".yaml");
  write(path,
        fmt::format(R"(service: {}
run:
  engine: process
  command: ["./shop", "--port", "${{PORT}}"]
  env:
    E2E: "1"
{}  instances: {}
  health: {{http: /health, expect: {{status: 200, json: {{status: healthy}}}}, interval: 100ms, timeout: 1s, grace: {}}}
  drain: {}
  progress_deadline: {}
environments:
  production:
    purpose: Live users
    listen: 127.0.0.1:{}
    strategy: {}
    sticky: {{cookie: sid}}
{}smoke_tests:
  - {{name: Database connection, get: /api/health/db, expect: {{status: 200, json: {{database: connected}}}}}}
{})",
                    shape.service, env, shape.instances, shape.grace, shape.drain, shape.progress_deadline,
                    ports_[shape.service], shape.steps.empty() ? "blue_green" : "canary", strategy, tests));
  return path;
}

fs::path World::artifact(const std::string& version, Json switches) {
  const fs::path dir = root_ / "artifacts" / version;
  fs::create_directories(dir);
  fs::copy_file(SLIPWAY_SHOP, dir / "shop", fs::copy_options::overwrite_existing);
  switches["version"] = version;
  write(dir / "shop.json", switches.dump());
  return dir;
}

void World::start_daemon(const std::vector<std::string>& environment) {
  CHECK(daemon_ == 0);
  daemon_ = test::start({{SLIPWAY_BINARY, "serve", "--data", data()}, environment, {}}, root_ / "serve.log");
  const bool answers = eventually(Duration(10'000), [&] {
    const auto answer = test::call(data() / "slipway.sock", "GET", "/api/v1/version");
    return answer && answer->status == 200;
  });
  EXPECT_TRUE(answers) << "the daemon doesn't answer";
}

void World::kill_daemon() {
  kill(daemon_, SIGKILL);
  waitpid(daemon_, nullptr, 0);
  daemon_ = 0;
}

Ran World::serve_again() {
  return test::run({{SLIPWAY_BINARY, "serve", "--data", data()}, {}, {}}, Duration(5'000));
}

Ran World::slipway(std::vector<std::string> words, Duration within) const {
  words.insert(words.begin(), SLIPWAY_BINARY);
  words.insert(words.end(), {"--data", data()});
  return test::run({words, {}, root_}, within);
}

Ran World::deploy(const std::string& version, const fs::path& artifact, const std::vector<std::string>& more,
                  const std::string& service) {
  std::vector<std::string> words{"deploy",     "production", "--version", version,
                                 "--artifact", artifact,     "-f",        root_ / (service + ".yaml")};
  words.insert(words.end(), more.begin(), more.end());
  const Ran ran = slipway(words);
  if (std::ranges::find(more, "--wait") != more.end()) {
    EXPECT_TRUE(eventually(Duration(30'000), [&] {
      const Json now = status(service);
      return now.is_null() || now["deployment"].is_null();
    })) << status(service).dump(2);
  }
  return ran;
}

Json World::status(const std::string& service) const {
  const auto answer = test::call(data() / "slipway.sock", "GET", "/api/v1/targets/" + service + "/production",
                                 "", Duration(2'000));
  if (!answer || answer->status != 200) return nullptr;
  return Json::parse(answer->body);
}

std::string World::stage() const {
  const Json now = status();
  if (now.is_null() || now["deployment"].is_null()) return "";
  return now["deployment"]["stage"]["kind"];
}

std::string World::outcome() const {
  const Json now = status();
  return now.is_null() || now["last"].is_null() ? "" : now["last"]["outcome"].get<std::string>();
}

std::string World::stable() const {
  const Json now = status();
  return now.is_null() || now["stable"].is_null() ? "" : now["stable"]["version"].get<std::string>();
}

bool World::reaches_end(Duration within) const {
  return eventually(within, [&] {
    const Json now = status();
    return !now.is_null() && now["deployment"].is_null() && now["queued"].is_null();
  });
}

std::string World::ask_proxy(const std::string& command) const {
  const auto connection = os::connect_unix(data() / "proxy" / "runtime.sock");
  if (!connection || !os::send_all(connection->get(), command + "\n", Duration(2'000))) return "";
  std::string text, buffer;
  while (const auto line = os::receive_line(connection->get(), buffer, Duration(2'000))) text += *line + "\n";
  return text;
}

std::unique_ptr<Load> World::load(int connections, const std::string& service, int users) {
  Load::Settings settings;
  settings.port = port(service);
  settings.connections = connections;
  settings.users = users;
  return Load::start(settings);
}

std::vector<Process> World::processes(const std::string& program) {
  std::vector<Process> found = test::descendants();
  std::erase_if(found, [&](const Process& process) {
    return !process.exe.ends_with("/" + program) && !process.exe.ends_with("/" + program + " (deleted)");
  });
  return found;
}

std::vector<pid_t> World::pids(const std::string& program) {
  std::vector<pid_t> found;
  for (const Process& process : processes(program)) found.push_back(process.pid);
  return found;
}

testing::AssertionResult World::instances_are_as_told() const {
  std::set<pid_t> told, there;
  const auto agree = [&] {
    told.clear();
    there.clear();
    for (const auto& [service, ignored] : ports_) {
      const Json now = status(service);
      if (now.is_null()) continue;
      for (const char* role : {"stable", "canary", "previous"}) {
        if (now[role].is_null()) continue;
        for (const Json& instance : now[role]["instances"]) {
          if (!instance["pid"].is_null()) told.insert(instance["pid"].get<pid_t>());
        }
      }
    }
    for (const pid_t pid : pids("shop")) there.insert(pid);
    return told == there;
  };
  if (eventually(Duration(5'000), agree)) return testing::AssertionSuccess();
  auto failure = testing::AssertionFailure() << "the daemon tells of the processes";
  for (const pid_t pid : told) failure << ' ' << pid;
  failure << "; these run:";
  for (const pid_t pid : there) failure << ' ' << pid;
  return failure;
}

bool World::reboot() {
  static int boots = 0;
  const fs::path file = root_ / "boot_id";
  if (boot_id_mounted_) umount2(boot_id_file, MNT_DETACH);
  write(file, fmt::format("00000000-0000-4000-8000-{:012}\n", ++boots));
  boot_id_mounted_ = mount(file.c_str(), boot_id_file, nullptr, MS_BIND, nullptr) == 0;
  if (!boot_id_mounted_) return false;
  test::end_descendants();
  daemon_ = 0;
  return true;
}

bool World::limit_data(std::size_t bytes) {
  fs::create_directories(data());
  data_mounted_ =
      mount("none", data().c_str(), "tmpfs", 0, fmt::format("size={},mode=0755", bytes).c_str()) == 0;
  return data_mounted_;
}

void World::fill_data() const {
  const int fd = open((data() / "ballast").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  CHECK(fd >= 0);
  for (std::size_t block = 1 << 20; block > 0;) {
    const std::string bytes(block, 'x');
    if (::write(fd, bytes.data(), bytes.size()) <= 0) block /= 2;
  }
  close(fd);
}

void World::empty_data() const {
  fs::remove(data() / "ballast");
}

testing::AssertionResult clean(const LoadReport& report) {
  if (report.clean()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << report.text();
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path);
  file << text;
  CHECK(file.flush().good());
}

}  // namespace slipway::e2e
