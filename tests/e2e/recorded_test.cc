#include <SQLiteCpp/SQLiteCpp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "base/check.h"
#include "e2e/world.h"
#include "os/net.h"
#include "os/unix_socket.h"
#include "shim/shim.h"

namespace slipway::e2e {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  CHECK(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::int64_t now_ms() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()).time_since_epoch().count();
}

// Every number that is a time of around `at`, moved by `by`; milliseconds.
std::string moved(const std::string& text, std::int64_t at, std::int64_t by) {
  constexpr std::int64_t day = 86'400'000;
  const auto in_word = [&](std::size_t i) {
    return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i]));
  };
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (in_word(end)) ++end;
    const std::string word = text.substr(i, end - i);
    const bool number =
        word.size() == 13 && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
    if (number && std::abs(std::stoll(word) - at) < day) {
      result += std::to_string(std::stoll(word) + by);
    } else {
      result += word;
    }
    if (end < text.size()) result += text[end++];
    i = end;
  }
  return result;
}

std::vector<std::string> recordings() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(fs::path(SLIPWAY_TEST_DATA) / "recorded")) {
    if (entry.is_directory()) found.push_back(entry.path().filename());
  }
  std::ranges::sort(found);
  return found;
}

fs::path recording(const std::string& name) {
  return fs::path(SLIPWAY_TEST_DATA) / "recorded" / name;
}

// In the place of a shim of another time: says what that one said, once on each connection.
class OldShim {
 public:
  OldShim(const fs::path& folder, std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
    fs::create_directories(folder);
    auto listener = os::listen_unix(folder / "shim.sock");
    CHECK(listener);
    listener_ = std::move(*listener);
    thread_ = std::thread([this] { serve(); });
  }
  ~OldShim() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  OldShim(const OldShim&) = delete;
  OldShim& operator=(const OldShim&) = delete;

 private:
  void serve() const {
    while (true) {
      pollfd listener{listener_.get(), POLLIN, 0};  // it doesn't block
      poll(&listener, 1, -1);
      const os::Fd connection(accept(listener_.get(), nullptr, nullptr));
      if (!connection) return;
      std::string buffer;
      const auto request = os::receive_line(connection.get(), buffer, Duration(2'000));
      if (!request) continue;
      EXPECT_TRUE(
          os::send_all(connection.get(), answers_.at(Json::parse(*request)["do"]) + "\n", Duration(2'000)));
    }
  }

  const std::map<std::string, std::string> answers_;
  os::Fd listener_;
  std::thread thread_;
};

// What an earlier Slipway left behind, in the hands of today's.
class Recorded : public World, public testing::WithParamInterface<std::string> {
 protected:
  // The data directory, with the words filled in that differ from machine to machine.
  void restore() {
    configure();
    const fs::path from = recording(GetParam());
    words_ = {{"@DATA@", data()},
              {"@LISTEN@", std::to_string(port())},
              {"@USER@", geteuid() == 0 ? "nobody" : ""},
              {"@OWNER@", owner()},
              {"@BOOT_ID@", boot_id()}};
    std::mt19937 random(std::random_device{}());
    for (const auto& entry : fs::directory_iterator(from / "instances/shop/production")) {
      int port = 0;
      do port = 20'000 + static_cast<int>(random() % 12'000);
      while (!os::port_is_free(port) || words_.contains(std::to_string(port)));
      words_["@PORT_" + entry.path().filename().string() + "@"] = std::to_string(port);
    }
    const Json recorded = Json::parse(read(from / "recorded.json"));
    at_ = recorded["at"];
    by_ = now_ms() - at_;
    for (const char* part : {"instances", "proxy"}) {
      for (const auto& entry : fs::recursive_directory_iterator(from / part)) {
        if (entry.is_regular_file())
          write(data() / fs::relative(entry.path(), from), filled(read(entry.path())));
      }
    }
    SQLite::Database journal((data() / "journal.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    journal.exec(filled(read(from / "journal.sql")));
    SQLite::Statement releases(journal, "SELECT version, digest FROM release");
    while (releases.executeStep()) {
      const std::string version = releases.getColumn(0), digest = releases.getColumn(1);
      fs::create_directories(data() / "artifacts");
      fs::copy(artifact(version), data() / "artifacts" / digest, fs::copy_options::recursive);
    }
  }

  void start_shim(const fs::path& folder, const std::string& title) {
    const Ran ran = test::run(
        {{"/bin/sh", "-c", R"(echo "{}" | "$0" shim "$1" "$2" &)", SLIPWAY_BINARY, folder, title}, {}, {}},
        Duration(10'000));
    ASSERT_EQ(ran.status, 0) << ran.err;
    ASSERT_TRUE(shim::status(folder)) << ran.out << ran.err;
  }

  void start_shims() {
    for (const auto& entry : fs::directory_iterator(data() / "instances/shop/production"))
      start_shim(entry.path(), "shop/production " + entry.path().filename().string());
    start_shim(data() / "proxy", "haproxy");
  }

  static pid_t proxy() {
    std::set<pid_t> all;
    for (const Process& process : processes("haproxy")) all.insert(process.pid);
    for (const Process& process : processes("haproxy")) {
      if (!all.contains(process.parent)) return process.pid;
    }
    return 0;
  }

  // instance → its program
  std::map<std::string, pid_t> programs() const {
    std::map<std::string, pid_t> found;
    for (const auto& entry : fs::directory_iterator(data() / "instances/shop/production")) {
      if (const auto status = shim::status(entry.path()); status && status->pid)
        found[entry.path().filename()] = *status->pid;
    }
    return found;
  }

  static std::map<std::string, pid_t> told(const Json& fleet) {
    std::map<std::string, pid_t> found;
    for (const Json& instance : fleet["instances"])
      if (!instance["pid"].is_null()) found[instance["name"]] = instance["pid"];
    return found;
  }

 private:
  static std::string owner() {
    const passwd* user = geteuid() == 0 ? getpwnam("haproxy") : nullptr;
    return user ? fmt::format("uid {}\n  gid {}", user->pw_uid, user->pw_gid) : "";
  }
  static std::string boot_id() {
    const std::string id = read("/proc/sys/kernel/random/boot_id");
    return id.substr(0, id.find('\n'));
  }
  std::string filled(std::string text) const {
    for (const auto& [word, value] : words_) {
      for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += value.size())
        text.replace(at, word.size(), value);
    }
    return moved(text, at_, by_);
  }

  std::map<std::string, std::string> words_;
  std::int64_t at_ = 0, by_ = 0;  // milliseconds
};

TEST_P(Recorded, DeploymentIsTakenOverWithItsShimsAndItsProxy) {
  restore();
  start_shims();
  ASSERT_TRUE(eventually(Duration(10'000), [&] {
    const auto answer = test::get(port(), "/", Duration(500));
    return answer && answer->status == 200;
  }));
  const auto users = load();
  const std::map<std::string, pid_t> before = programs();
  const pid_t proxy_before = proxy();
  ASSERT_EQ(before.size(), 4u);
  ASSERT_GT(proxy_before, 0);

  start_daemon();
  const Json taken_over = status();
  EXPECT_EQ(taken_over["deployment"]["number"], 2) << taken_over.dump(2);
  EXPECT_EQ(taken_over["deployment"]["release"]["version"], "1.1.0");
  EXPECT_EQ(taken_over["deployment"]["stage"]["kind"], "smoke tests");
  EXPECT_EQ(taken_over["deployment"]["by"], "root");
  EXPECT_EQ(taken_over["stable"]["version"], "1.0.0");
  EXPECT_EQ(taken_over["canary"]["version"], "1.1.0");
  EXPECT_EQ(taken_over["last"]["outcome"], "promoted");
  std::map<std::string, pid_t> adopted;
  EXPECT_TRUE(eventually(Duration(5'000), [&] {
    const Json now = status();
    adopted = told(now["stable"]);
    adopted.merge(told(now["canary"]));
    return adopted == before;
  })) << status().dump(2);
  EXPECT_TRUE(instances_are_as_told());

  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(outcome(), "promoted") << status().dump(2);
  EXPECT_EQ(stable(), "1.1.0");
  const std::map<std::string, pid_t> after = told(status()["stable"]);
  EXPECT_EQ(after, (std::map<std::string, pid_t>{{"2-1", before.at("2-1")}, {"2-2", before.at("2-2")}}));
  EXPECT_EQ(proxy(), proxy_before) << "HAProxy was started anew";
  EXPECT_TRUE(instances_are_as_told());

  // It is a data directory like any other from then on.
  EXPECT_EQ(deploy("1.2.0", artifact("1.2.0")).status, 0);
  const Ran back = slipway({"rollback", "production", "1", "--wait"});
  EXPECT_EQ(back.status, 0) << back.out << back.err;
  EXPECT_TRUE(reaches_end());
  EXPECT_EQ(stable(), "1.0.0");
  EXPECT_EQ(proxy(), proxy_before);
  EXPECT_TRUE(instances_are_as_told());
  const LoadReport report = users->stop();
  EXPECT_TRUE(clean(report));
  EXPECT_EQ(report.versions.size(), 3u) << report.text();
}

TEST_P(Recorded, AnswersOfShimsAreUnderstood) {
  std::istringstream lines(read(recording(GetParam()) / "answers.jsonl"));
  std::map<std::string, std::string> answers;
  for (std::string line; std::getline(lines, line);) {
    const Json entry = Json::parse(line);
    answers[entry["asked"]["do"]] = entry["answer"];
  }
  {
    const OldShim shim(root() / "old", answers);
    const auto status = shim::status(root() / "old");
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(status->protocol, Json::parse(answers["status"])["v"]);
    EXPECT_GT(status->shim_pid, 0);
    EXPECT_GT(status->pid.value_or(0), 0);
    EXPECT_GT(status->started.time_since_epoch().count(), 0);
    EXPECT_EQ(status->restarts, 0);
    EXPECT_FALSE(status->stopping);
    EXPECT_TRUE(shim::signal(root() / "old", SIGURG));
  }
  // What came later it doesn't know: that is an answer, not a broken connection.
  const OldShim shim(root() / "older", {{"status", answers["dance"]}});
  const auto refused = shim::status(root() / "older");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input) << refused.error().message;
}

INSTANTIATE_TEST_SUITE_P(Formats, Recorded, testing::ValuesIn(recordings()),
                         [](const auto& folder) { return folder.param; });

}  // namespace
}  // namespace slipway::e2e
