#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/check.h"
#include "e2e/canary.h"
#include "os/fd.h"

// A good canary at half of the users, of which the daemon is told what can't be, or not all. It is never
// called healthy by that, and promoted once it is over.
namespace slipway::e2e {
namespace {

// The socket at which the daemon hears of requests: what others may send there, and what is taken from it.
class Records {
 public:
  Records(const std::filesystem::path& file, pid_t daemon)
      : json_(Json::parse(std::ifstream(file))), fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(json_.at("port").get<std::uint16_t>());
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0);
    daemons_ = daemons(daemon);
  }

  // A worker's next record, of a request that went well.
  void send(char pool, Time asked, Duration took) {
    send(fmt::format("{} 3 shop.production shop.production.{} s1 200 -- 0 0 {} {} {} 1 0 - - - - - 1 {}\n",
                     json_.at("token").get<std::string>(), pool, took.count(), took.count(),
                     asked.time_since_epoch().count(), next_++));
  }
  // One that the proxy wrote comes to nobody …
  void lose() const { static_cast<void>(receive(0)); }
  // … or twice.
  void repeat() const {
    if (const std::string line = receive(MSG_PEEK); !line.empty()) send(line);
  }
  bool reaches_the_daemons() const { return static_cast<bool>(daemons_); }

 private:
  void send(const std::string& line) const {
    CHECK(::send(fd_.get(), line.data(), line.size(), 0) == static_cast<ssize_t>(line.size()));
  }
  // Waits for one for some milliseconds: the daemon looks every five.
  std::string receive(int flags) const {
    const timeval a_while{.tv_sec = 0, .tv_usec = 20'000};
    CHECK(::setsockopt(daemons_.get(), SOL_SOCKET, SO_RCVTIMEO, &a_while, sizeof a_while) == 0);
    std::array<char, 1024> bytes{};
    const ssize_t count = ::recv(daemons_.get(), bytes.data(), bytes.size(), flags);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  // The daemon's own socket, as if it were passed on.
  os::Fd daemons(pid_t daemon) const {
    const os::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, daemon, 0)));
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", daemon))) {
      os::Fd fd(
          static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), std::stoi(entry.path().filename()), 0)));
      sockaddr_in name{};
      socklen_t size = sizeof name;
      if (fd && ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size) == 0 &&
          name.sin_family == AF_INET && name.sin_port == address_.sin_port)
        return fd;
    }
    return {};
  }

  Json json_;
  sockaddr_in address_{};
  os::Fd fd_, daemons_;
  std::int64_t next_ = 0;
};

class BadData : public CanaryWorld {
 protected:
  void deploy_under_load(const std::vector<std::string>& steps = {"{weight: 50, hold: 6s}",
                                                                  "{weight: 100}"}) {
    begin({.steps = steps});
    records.emplace(data() / "telemetry.json", daemon());
    users = some_load();
    deploy_beside("1.1.0");
  }

  Json verdict() const {
    const Json view = status();
    return view.is_object() && view["deployment"].is_object() ? view["deployment"]["verdict"] : Json();
  }
  // Disturbs until the judge says so, and never finds the canary healthy …
  void expect_doubt(const std::string& why, const std::function<void()>& disturb) {
    expect_doubt_until(why, disturb, [](const Json&) { return true; });
  }
  // … or until it still says so when the hold is over.
  void expect_doubt_past_the_hold(const std::string& why, const std::function<void()>& disturb) {
    expect_doubt_until(why, disturb, [](const Json& view) {
      return now() > view["deployment"]["stage"]["until"].get<Time>();
    });
  }
  void expect_doubt_until(const std::string& why, const std::function<void()>& disturb,
                          const std::function<bool(const Json& view)>& enough) {
    ASSERT_TRUE(comes_to(50));
    Json last;
    EXPECT_TRUE(eventually(Duration(20'000),
                           [&] {
                             disturb();
                             const Json view = status();
                             if (!view.is_object() || !view["deployment"].is_object()) return false;
                             last = view["deployment"]["verdict"];
                             if (!last.is_object()) return false;
                             EXPECT_NE(last["kind"], "healthy") << last.dump(2);
                             return last["reason"].get<std::string>().find(why) != std::string::npos &&
                                    enough(view);
                           }))
        << last.dump(2) << timeline(2);
    EXPECT_EQ(weight(), 50);
  }
  void expect_promotion_after(const std::string& why) {
    EXPECT_TRUE(reaches_end(Duration(30'000))) << status().dump(2);
    EXPECT_EQ(outcome(), "promoted");
    const std::string told = timeline(2);
    const std::size_t longer = told.find("50 % is held for longer, ");
    ASSERT_NE(longer, std::string::npos) << told;
    EXPECT_NE(told.substr(longer, told.find('\n', longer) - longer).find(why), std::string::npos) << told;
    EXPECT_EQ(told.find("paused"), std::string::npos) << told;
    EXPECT_TRUE(clean(users->stop()));
  }
  // To the proxy, by its runtime socket.
  void tell_proxy(const std::string& line) const {
    const os::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = data() / "proxy" / "runtime.sock";
    ASSERT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const std::string text = line + "\n";
    ASSERT_EQ(::send(fd.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    std::array<char, 256> answer{};
    const ssize_t count = ::recv(fd.get(), answer.data(), answer.size(), 0);
    EXPECT_EQ(std::string(answer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))), "\n")
        << line;
  }
  // Little enough that all requests are recorded, from the beginning.
  std::unique_ptr<Load> some_load() const {
    return Load::start({.port = port(), .pause = Duration(15), .users = 1000});
  }
  static Time now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

  std::optional<Records> records;
  std::unique_ptr<Load> users;
};

TEST_F(BadData, IsRecordsThatGetLost) {
  deploy_under_load();
  if (!records->reaches_the_daemons()) GTEST_SKIP() << "sockets of other processes are out of reach here";
  expect_doubt("s records got lost or came twice", [&] { records->lose(); });
  expect_promotion_after("s records got lost or came twice");
}

TEST_F(BadData, IsRecordsThatComeTwice) {
  deploy_under_load();
  if (!records->reaches_the_daemons()) GTEST_SKIP() << "sockets of other processes are out of reach here";
  expect_doubt("s records got lost or came twice", [&] { records->repeat(); });
  expect_promotion_after("s records got lost or came twice");
}

TEST_F(BadData, IsAClockThatWasPutBack) {
  deploy_under_load();
  expect_doubt("the clock was put back by at least",
               [&] { records->send('b', now() - Duration(5'000), Duration(20)); });
  expect_promotion_after("the clock was put back by at least");
}

TEST_F(BadData, IsAClockThatIsAhead) {
  deploy_under_load();
  expect_doubt("the clock was put back by at least",
               [&] { records->send('b', now() + Duration(60'000), Duration(20)); });
  expect_promotion_after("the clock was put back by at least");
}

TEST_F(BadData, IsADaemonThatIsStoppedForSeconds) {
  deploy_under_load({"{weight: 50, hold: 8s}", "{weight: 100}"});
  ASSERT_TRUE(eventually(Duration(20'000), [&] {
    const Json known = verdict();
    return known.is_object() && known["evidence"].is_object() && known["evidence"]["seen"] >= 1'000;
  }));
  kill(daemon(), SIGSTOP);
  const auto stopped = std::chrono::steady_clock::now();
  // What is missing is what passes meanwhile.
  EXPECT_TRUE(eventually(Duration(10'000), [&] {
    return std::chrono::steady_clock::now() - stopped > std::chrono::milliseconds(4'000);
  }));
  kill(daemon(), SIGCONT);
  expect_doubt("s are missing", [] {});
  expect_promotion_after("s are missing");
}

TEST_F(BadData, IsAnInstanceThatGetsNoRequest) {
  deploy_under_load({"{weight: 50, hold: 4s}", "{weight: 100}"});
  ASSERT_TRUE(comes_to(50));
  tell_proxy("set server shop.production.b/s2 state maint");
  expect_doubt_past_the_hold("1 of 2 instances get no request any more", [] {});
  tell_proxy("set server shop.production.b/s2 state ready");
  expect_promotion_after("1 of 2 instances get no request any more");
}

TEST_F(BadData, IsReleasesWithoutRequests) {
  begin({.steps = {"{weight: 50, hold: 4s}", "{weight: 100}"}});
  deploy_beside("1.1.0");
  expect_doubt_past_the_hold("no request came to the canary in this step", [] {});
  users = some_load();
  expect_promotion_after("no request came to the canary in this step");
}

TEST_F(BadData, IsSecondsInWhichTheWeightChanges) {
  deploy_under_load(
      {"{weight: 25, hold: 2s}", "{weight: 50, hold: 2s}", "{weight: 75, hold: 2s}", "{weight: 100}"});
  EXPECT_TRUE(eventually(Duration(40'000), [&] {
    const Json view = status();
    if (!view.is_object()) return false;
    const Json& deployment = view["deployment"];
    if (deployment.is_null()) return true;
    if (deployment["stage"]["kind"] != "hold" || !deployment["verdict"].is_object()) return false;
    if (deployment["verdict"]["kind"] == "healthy") {
      // The judge may say so of what it compared since, at the end.
      EXPECT_LE(deployment["stage"]["until"].get<Time>() - now(), Duration(1'600)) << deployment.dump(2);
    }
    return false;
  })) << timeline(2);
  EXPECT_EQ(stable(), "1.1.0");
  EXPECT_TRUE(clean(users->stop()));
}

TEST_F(BadData, IsTimesBeyondAllThatAreToldApart) {
  deploy_under_load();
  std::int64_t sent = 0;
  expect_doubt_past_the_hold("requests took an hour or more", [&] {
    const Json known = verdict();
    if (!known.is_object() || !known["evidence"].is_object()) return;
    // Of both, so that the canary is no worse: less than 2 % of what it got, so that it is soon a small part.
    const auto requests = known["evidence"]["requests"].get<std::int64_t>();
    for (; sent * 1000 < requests * 15; ++sent)
      for (const char pool : {'a', 'b'})
        records->send(pool, now() - Duration(4'000'000), Duration(4'000'000));
  });
  expect_promotion_after("requests took an hour or more");
}

}  // namespace
}  // namespace slipway::e2e
