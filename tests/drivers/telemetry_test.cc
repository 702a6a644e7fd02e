#include "drivers/telemetry/telemetry.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "os/fd.h"
#include "os/file.h"
#include "soon.h"
#include "support/temp_dir.h"
#include "support/wait.h"

namespace slipway::drivers::telemetry {
namespace {

constexpr std::int64_t noon_ms = 1'800'000'000'000;

sockaddr_in address_of(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::size_t colon = endpoint.address.find(':');
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.address.substr(colon + 1))));
  CHECK(::inet_pton(AF_INET, endpoint.address.substr(0, colon).c_str(), &address.sin_addr) == 1);
  return address;
}

// What the proxy does, or somebody who says to be it.
class Sender {
 public:
  explicit Sender(const Endpoint& endpoint) : endpoint_(endpoint), fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    const sockaddr_in address = address_of(endpoint);
    CHECK(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  void send(std::string_view bytes) const {
    CHECK(::send(fd_.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  void record(int sequence, std::string_view backend = "shop.production.a") const {
    send(fmt::format("{} 3 shop.production {} s1 200 -- 0 0 16 16 {} 1 0 7 - 2500 - - 100 {}\n",
                     endpoint_.token, backend, noon_ms + sequence, sequence));
  }

 private:
  Endpoint endpoint_;
  os::Fd fd_;
};

class TelemetryTest : public testing::Test {
 protected:
  std::unique_ptr<Telemetry> open() const {
    auto opened = Telemetry::open(directory.path());
    EXPECT_TRUE(opened) << opened.error().message;
    CHECK(opened.has_value());
    return std::move(*opened);
  }
  // What has come when everything that was sent before the call is counted.
  static Telemetry::Batch take_all(Telemetry& telemetry) {
    telemetry.last_request("");
    return telemetry.take();
  }
  TempDir directory;
};

TEST_F(TelemetryTest, AddsUpWhatTheProxySends) {
  const auto telemetry = open();
  const Sender proxy(telemetry->endpoint());
  for (int i = 0; i < 1'000; ++i) proxy.record(i);
  const auto batch = take_all(*telemetry);
  EXPECT_EQ(batch.received, 1'000);
  EXPECT_EQ(batch.lost, 0);
  const auto& cells = batch.backends.at("shop.production.a").cells;
  ASSERT_EQ(cells.size(), 1u);
  EXPECT_EQ(cells.begin()->first, Time(Duration(noon_ms)));
  EXPECT_EQ(cells.begin()->second.at(1).requests, 1'000);
  EXPECT_EQ(take_all(*telemetry).received, 0);
}

TEST_F(TelemetryTest, IgnoresForgedRecordsAndCountsThem) {
  const auto telemetry = open();
  const Endpoint guessed{telemetry->endpoint().address, std::string(32, '0')};
  const Sender proxy(telemetry->endpoint());
  const Sender stranger(guessed);
  proxy.record(1);
  stranger.record(7);
  stranger.send("");
  stranger.send(std::string(5'000, 'x'));
  proxy.record(2);
  const auto batch = take_all(*telemetry);
  EXPECT_EQ(batch.forged, 3);
  EXPECT_EQ(batch.malformed, 0);
  EXPECT_EQ(batch.received, 2);
  EXPECT_EQ(batch.lost, 0);
  EXPECT_EQ(batch.backends.at("shop.production.a").recorded, 2);
}

TEST_F(TelemetryTest, CountsWhatItCantRead) {
  const auto telemetry = open();
  const Sender proxy(telemetry->endpoint());
  proxy.send(telemetry->endpoint().token + " 1 of another version");
  const auto batch = take_all(*telemetry);
  EXPECT_EQ(batch.malformed, 1);
  EXPECT_EQ(batch.forged, 0);
  EXPECT_EQ(batch.received, 0);
}

TEST_F(TelemetryTest, CountsWhatWasLostOnTheWay) {
  const auto telemetry = open();
  const Sender proxy(telemetry->endpoint());
  for (const int i : {40, 41, 45, 46, 48}) proxy.record(i);
  EXPECT_EQ(take_all(*telemetry).lost, 4);
}

TEST_F(TelemetryTest, KnowsTheLastRequestOnceEverythingBeforeItIsRead) {
  const auto telemetry = open();
  const Sender proxy(telemetry->endpoint());
  EXPECT_EQ(telemetry->last_request("shop.production.a"), std::nullopt);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 50; ++i) proxy.record(round * 50 + i);
    ASSERT_EQ(telemetry->last_request("shop.production.a"), Time(Duration(noon_ms + round * 50 + 49)));
  }
  EXPECT_EQ(telemetry->last_request("shop.production.b"), std::nullopt);
}

TEST_F(TelemetryTest, FollowsSessionsUntilTheyAreForgotten) {
  const auto telemetry = open();
  const Sender proxy(telemetry->endpoint());
  const auto sessions = [&] {
    const auto cells = take_all(*telemetry).backends.at("shop.production.a").cells;
    const auto& betting = cells.begin()->second.at(1).betting;
    return betting ? std::optional(betting->at({2'500, 1}).sessions) : std::nullopt;
  };
  proxy.record(0);
  EXPECT_EQ(sessions(), std::nullopt);
  telemetry->follow_sessions("shop.production");
  proxy.record(1);
  proxy.record(2);
  EXPECT_EQ(sessions(), 1);
  proxy.record(3);
  EXPECT_EQ(sessions(), 0) << "it is known";
  telemetry->follow_sessions("shop.production");
  proxy.record(4);
  EXPECT_EQ(sessions(), 1) << "anew";
  telemetry->forget_sessions("shop.production");
  proxy.record(5);
  EXPECT_EQ(sessions(), std::nullopt);
}

TEST_F(TelemetryTest, TakesWithoutBeingAskedTo) {
  const auto telemetry = open();
  const Sender proxy(telemetry->endpoint());
  proxy.record(0);
  std::int64_t received = 0;
  EXPECT_TRUE(eventually(soon, [&] { return (received += telemetry->take().received) == 1; }));
}

TEST_F(TelemetryTest, KeepsPortAndTokenForTheNextDaemon) {
  const Endpoint first = open()->endpoint();
  EXPECT_EQ(first.token.size(), 32u);
  EXPECT_EQ(first.token.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_TRUE(first.address.starts_with("127.0.0.1:"));
  const auto again = open();
  EXPECT_EQ(again->endpoint(), first);
  Sender(first).record(0);
  EXPECT_EQ(take_all(*again).received, 1);

  struct stat status{};
  ASSERT_EQ(::stat((directory / "telemetry.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(TelemetryTest, EveryDirectoryHasATokenOfItsOwn) {
  const TempDir other;
  const auto telemetry = open();
  const auto second = Telemetry::open(other.path());
  ASSERT_TRUE(second);
  EXPECT_NE((*second)->endpoint().token, telemetry->endpoint().token);
  EXPECT_NE((*second)->endpoint().address, telemetry->endpoint().address);
}

TEST_F(TelemetryTest, TakesAnotherPortWhereSomebodyElseHasItsOwn) {
  const Endpoint first = open()->endpoint();
  const os::Fd somebody(::socket(AF_INET, SOCK_DGRAM, 0));
  const sockaddr_in address = address_of(first);
  ASSERT_EQ(::bind(somebody.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  Endpoint second;
  {
    const auto telemetry = open();
    second = telemetry->endpoint();
    EXPECT_NE(second.address, first.address);
    EXPECT_EQ(second.token, first.token);
    Sender(second).record(0);
    EXPECT_EQ(take_all(*telemetry).received, 1);
  }
  EXPECT_EQ(open()->endpoint(), second);  // stays with it
}

TEST_F(TelemetryTest, MakesAFileThatIsBrokenAnew) {
  for (const std::string_view text :
       {"", "{", "[]", R"({"port":"x","token":"0123456789abcdef0123456789abcdef"})",
        R"({"port":70000,"token":"0123456789abcdef0123456789abcdef"})", R"({"port":15000,"token":"short"})",
        R"({"port":15000,"token":"0123456789abcdef0123456789abcde "})"}) {
    ASSERT_TRUE(os::write_atomically(directory / "telemetry.json", text));
    const Endpoint made = open()->endpoint();
    EXPECT_EQ(made.token.size(), 32u) << text;
    EXPECT_NE(made.token.substr(0, 16), "0123456789abcdef") << text;
    EXPECT_EQ(open()->endpoint(), made) << text;
  }
}

TEST_F(TelemetryTest, SaysWhereItCannotWrite) {
  std::ofstream(directory / "file") << "not a directory";
  const auto opened = Telemetry::open(directory / "file" / "below");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("file"), std::string::npos);
}

TEST_F(TelemetryTest, LeavesNoDescriptorsAndThreadsBehind) {
  const auto entries = [](const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
  };
  const auto threads = entries("/proc/self/task");
  open();  // whatever is opened once for all
  const auto descriptors = entries("/proc/self/fd");
  for (int i = 0; i < 10; ++i) {
    const auto telemetry = open();
    // A thread that was joined may still be seen for a moment.
    EXPECT_TRUE(eventually(soon, [&] { return entries("/proc/self/task") == threads + 1; }));
  }
  EXPECT_EQ(entries("/proc/self/fd"), descriptors);
  EXPECT_TRUE(eventually(soon, [&] { return entries("/proc/self/task") == threads; }));
}

}  // namespace
}  // namespace slipway::drivers::telemetry
