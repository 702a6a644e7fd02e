#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

#include "cli/table.h"
#include "fake_daemon.h"
#include "fixtures.h"
#include "place.h"
#include "support/wait.h"

namespace slipway {
namespace {

using test::Asked;
using test::canary_target;
using test::FakeDaemon;
using test::Place;
using test::Said;
using ::testing::HasSubstr;

constexpr Duration soon{20'000};

// What the daemon says of the target, as the test changes it.
struct World {
  Json target = canary_target();
  Json notes = Json::array({test::note_of(1, 600, "started by alice")});
  std::mutex mutex;

  Said answer(const Asked& asked) {
    const std::lock_guard lock(mutex);
    if (asked.path == "/api/v1/targets") return {200, Json{{"targets", {target}}}.dump()};
    if (asked.path.ends_with("/deployments/42")) return {200, Json{{"number", 42}, {"notes", notes}}.dump()};
    return {200, target.dump()};
  }
  void now_at_50() {
    const std::lock_guard lock(mutex);
    target["weight"]["set"] = 50;
    target["deployment"]["step"]["number"] = 3;
    notes.push_back(test::note_of(2, 0, "50 % of users"));
  }
};

// A command that goes on, in a thread of its own, until it is interrupted as by Ctrl-C.
class Going {
 public:
  Going(std::vector<std::string> words, cli::Surroundings around)
      : around_(std::move(around)),
        thread_([this, words = std::move(words)] { code_ = cli::run(words, around_); }) {}
  ~Going() {
    if (thread_.joinable()) interrupt();
  }
  // Only once it has shown something: before, the signal would end the test.
  int interrupt() {
    ::pthread_kill(thread_.native_handle(), SIGINT);
    thread_.join();
    return code_;
  }
  int join() {
    thread_.join();
    return code_;
  }
  std::string out() const { return Place::all_of(around_.out); }
  std::string err() const { return Place::all_of(around_.err); }

 private:
  cli::Surroundings around_;
  std::atomic<int> code_{-1};
  std::thread thread_;
};

cli::Surroundings quick(const Place& place) {
  cli::Surroundings around = place.surroundings();
  around.refresh = Duration(10);
  return around;
}

TEST(Watch, WithoutATerminalPrintsALineForEachChangeAndEndsWithCtrlC) {
  const Place place;
  World world;
  FakeDaemon daemon(place.data(), [&](const Asked& asked) { return world.answer(asked); });
  Going going({"status", "shop/production", "--watch"}, quick(place));
  ASSERT_TRUE(eventually(soon, [&] { return !going.out().empty(); }));
  const auto before = daemon.asked().size();
  ASSERT_TRUE(eventually(soon, [&] { return daemon.asked().size() > before + 6; }));
  world.now_at_50();
  ASSERT_TRUE(eventually(soon, [&] { return going.out().find("at 50 %") != std::string::npos; }));
  EXPECT_EQ(going.interrupt(), 0);
  EXPECT_EQ(
      going.out(),
      "14:00:00  shop › production   CANARY 1.5.0 at 25 %   step 2 of 4   1.4.2 stable   healthy: errors "
      "0.47 % of 1,861 requests\n"
      "14:00:00  50 % of users\n"
      "14:00:00  shop › production   CANARY 1.5.0 at 50 %   step 3 of 4   1.4.2 stable   healthy: errors "
      "0.47 % of 1,861 requests\n");
}

TEST(Watch, AsJsonPrintsOneObjectOnALineForEachChange) {
  const Place place;
  World world;
  FakeDaemon daemon(place.data(), [&](const Asked& asked) { return world.answer(asked); });
  Going going({"status", "--watch", "--json"}, quick(place));
  ASSERT_TRUE(eventually(soon, [&] { return !going.out().empty(); }));
  world.now_at_50();
  ASSERT_TRUE(eventually(soon, [&] { return going.out().find("\"set\":50") != std::string::npos; }));
  EXPECT_EQ(going.interrupt(), 0);
  const std::string out = going.out();
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
  EXPECT_EQ(parse_json(out.substr(0, out.find('\n')))->at("weight").at("set"), 25);
}

TEST(Watch, SaysThatTheDaemonWentAwayAndGivesUpInTheEnd) {
  Place place;
  place.patience = Duration(200);
  World world;
  auto daemon =
      std::make_unique<FakeDaemon>(place.data(), [&](const Asked& asked) { return world.answer(asked); });
  Going going({"status", "shop/production", "--watch"}, quick(place));
  ASSERT_TRUE(eventually(soon, [&] { return !going.out().empty(); }));
  daemon.reset();
  std::filesystem::remove(place.data() / "slipway.sock");
  EXPECT_EQ(going.join(), 5);
  EXPECT_THAT(going.err(), HasSubstr("the daemon is away; waiting for it\n"));
  EXPECT_THAT(going.err(), HasSubstr("the daemon was away for 200 ms"));
}

// Both ends of a terminal of 60 columns and 12 rows.
class Terminal {
 public:
  Terminal() : screen_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::grantpt(screen_.get()), 0);
    EXPECT_EQ(::unlockpt(screen_.get()), 0);
    program_ = os::Fd(::open(::ptsname(screen_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    const winsize size{.ws_row = 12, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(::ioctl(program_.get(), TIOCSWINSZ, &size), 0);
  }
  int program() const { return program_.get(); }
  // All that was written so far.
  const std::string& seen() {
    pollfd ready{.fd = screen_.get(), .events = POLLIN, .revents = 0};
    char buffer[4096];
    while (::poll(&ready, 1, 0) > 0) {
      const auto size = ::read(screen_.get(), buffer, sizeof buffer);
      if (size <= 0) break;
      seen_.append(buffer, static_cast<std::size_t>(size));
    }
    return seen_;
  }

 private:
  os::Fd screen_, program_;
  std::string seen_;
};

TEST(Watch, OnATerminalDrawsInPlaceWithinItsSizeAndGivesTheCursorBack) {
  const Place place;
  World world;
  FakeDaemon daemon(place.data(), [&](const Asked& asked) { return world.answer(asked); });
  Terminal terminal;
  cli::Surroundings around = quick(place);
  ::close(around.out);
  around.out = terminal.program();
  around.terminal = true;
  around.glyphs = cli::Glyphs::ascii;
  Going going({"status", "shop/production", "--watch"}, around);
  const auto frames = [&] {
    const std::string& seen = terminal.seen();
    std::size_t count = 0;
    for (auto at = seen.find("\x1b[J"); at != std::string::npos; at = seen.find("\x1b[J", at + 1)) ++count;
    return count;
  };
  ASSERT_TRUE(eventually(soon, [&] { return frames() >= 2; }));
  EXPECT_EQ(going.interrupt(), 0);
  const std::string seen = terminal.seen();
  EXPECT_TRUE(seen.starts_with("\x1b[?25l\x1b[H\x1b[2J\x1b[H"));
  EXPECT_TRUE(seen.ends_with("\x1b[?25h"));
  const auto begin = seen.find("\x1b[H", 10);
  const std::string frame = seen.substr(begin + 3, seen.find("\x1b[J", begin) - begin - 3);
  EXPECT_THAT(frame, HasSubstr("shop > production   CANARY 1.5.0 at 25 %   step 2 of 4\x1b[K\r"));
  EXPECT_THAT(frame, HasSubstr("Holding 25 %   ################.............."));
  EXPECT_THAT(frame, HasSubstr("Ctrl-C ends this view"));
  EXPECT_EQ(std::count(frame.begin(), frame.end(), '\n'), 10);
  EXPECT_TRUE(
      std::all_of(frame.begin(), frame.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST(Status, OnATerminalKeepsToItsWidth) {
  const Place place;
  World world;
  FakeDaemon daemon(place.data(), [&](const Asked& asked) { return world.answer(asked); });
  Terminal terminal;
  cli::Surroundings around = place.surroundings();
  ::close(around.out);
  around.out = terminal.program();
  around.terminal = true;
  for (const auto& words : std::vector<std::vector<std::string>>{{"status", "shop/production"}, {"status"}})
    EXPECT_EQ(cli::run(words, around), 0);
  const std::string seen = terminal.seen();
  EXPECT_THAT(seen, HasSubstr("1.5.0 canary       104    5.10 %     41 ms     1.2 s\r\n"));
  for (std::string line : cli::lines_of(seen)) {
    if (line.ends_with('\r')) line.pop_back();
    EXPECT_LE(cli::width(line), 60U) << line;
  }
}

}  // namespace
}  // namespace slipway
