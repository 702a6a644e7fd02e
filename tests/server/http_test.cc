#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "api_world.h"
#include "os/unix_socket.h"
#include "server/http/server.h"
#include "support/wait.h"

namespace slipway::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A real server on a socket of its own, with short patience, for the API of an ApiWorld.
class Served : public testing::Test {
 protected:
  Served() {
    HttpServer::Settings settings{.incoming = world.dir.path()};
    settings.head = settings.body = Duration(300);
    settings.connections = 8;
    server.emplace(loop, world.api, workers, *os::listen_unix(socket), settings);
    thread = std::thread([this] { loop.run(); });
  }
  ~Served() override {
    loop.stop();
    thread.join();
    server.reset();
  }

  os::Fd connect() const { return *os::connect_unix(socket); }

  // What the loop's thread does is done there, and waited for.
  void on_loop(const std::function<void()>& job) {
    std::atomic<bool> done = false;
    loop.post([&] {
      job();
      done = true;
    });
    CHECK(eventually(Duration(10'000), [&] { return done.load(); }));
  }

  std::filesystem::path directory() const { return world.dir.path(); }

  Loop loop;
  ApiWorld world;
  drivers::Workers workers;
  std::filesystem::path socket = world.dir / "s.sock";
  std::optional<HttpServer> server;
  std::thread thread;
};

void say(const os::Fd& client, std::string_view text) {
  ASSERT_TRUE(os::send_all(client.get(), text, Duration(10'000)).has_value());
}

// Reads until `enough` is among it, or the server closes.
std::string hear(const os::Fd& client, std::string_view enough = "\1never") {
  std::string text;
  std::array<char, 4096> piece;
  timeval patience{10, 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  while (text.find(enough) == std::string::npos) {
    const ssize_t got = ::recv(client.get(), piece.data(), piece.size(), 0);
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string put_head(std::string_view length) {
  return fmt::format("PUT /api/v1/artifacts HTTP/1.1\r\nHost: s\r\n{}\r\n\r\n", length);
}

TEST_F(Served, AnswersSeveralCallsOnOneConnection) {
  const os::Fd client = connect();
  say(client,
      "GET /api/v1/version HTTP/1.1\r\nHost: s\r\n\r\nGET /api/v1/targets HTTP/1.1\r\nHost: s\r\n\r\n");
  const std::string text = hear(client, "targets\"");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("\"version\":\"1.2.3\""));
  EXPECT_THAT(text, HasSubstr("{\"targets\":[]}"));
}

TEST_F(Served, KnowsWhoCallsByTheSocket) {
  const os::Fd client = connect();
  const std::string body = Json{{"version", "1.0.0"}, {"config", shop_config}, {"digest", digest_one}}.dump();
  say(client,
      fmt::format("POST /api/v1/targets/shop/production/deployments HTTP/1.1\r\nHost: s\r\nContent-Length: "
                  "{}\r\n\r\n{}",
                  body.size(), body));
  EXPECT_THAT(hear(client, "}\n"), StartsWith("HTTP/1.1 202 Accepted\r\n"));
  std::string by;
  on_loop([&] { by = world.journal->history({"shop", "production"}, 1)->front().by; });
  EXPECT_NE(by, "");
  EXPECT_NE(by, "unknown");
}

TEST_F(Served, TakesAnArchiveInChunks) {
  const os::Fd client = connect();
  say(client, put_head("Transfer-Encoding: chunked"));
  say(client, "5\r\nhello\r\n");
  say(client, "6\r\n world\r\n0\r\n\r\n");
  const std::string text = hear(client, "}\n");
  EXPECT_THAT(text, StartsWith("HTTP/1.1 201 Created\r\n"));
  EXPECT_THAT(text, HasSubstr("\"bytes\":11"));
  EXPECT_THAT(world.shelf.sizes, testing::ElementsAre(11U));
}

TEST_F(Served, TakesAnArchiveOfManyPiecesAndLeavesNoFileBehind) {
  const os::Fd client = connect();
  say(client, put_head("Content-Length: 1000000"));
  say(client, std::string(1'000'000, 'x'));
  EXPECT_THAT(hear(client, "}\n"), HasSubstr("\"bytes\":1000000"));
  EXPECT_TRUE(eventually(Duration(5000), [&] {
    for (const auto& entry : std::filesystem::directory_iterator(directory()))
      if (entry.path().filename().native().starts_with("upload-")) return false;
    return true;
  }));
}

TEST_F(Served, AsksAClientThatWaitsForItToSendItsArchive) {
  const os::Fd client = connect();
  say(client, put_head("Content-Length: 5\r\nExpect: 100-continue"));
  EXPECT_EQ(hear(client, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  say(client, "12345");
  EXPECT_THAT(hear(client, "}\n"), HasSubstr("\"bytes\":5"));
}

TEST_F(Served, RefusesAnArchiveThatIsTooLargeByItsHead) {
  const os::Fd client = connect();
  say(client, put_head("Content-Length: 1048577\r\nExpect: 100-continue"));
  const std::string text = hear(client);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(text, HasSubstr("the body is larger than the 1048576 bytes that this call takes"));
}

TEST_F(Served, RefusesAnArchiveThatTurnsOutTooLarge) {
  const os::Fd client = connect();
  say(client, put_head("Transfer-Encoding: chunked"));
  const std::string chunk = "10000\r\n" + std::string(65'536, 'x') + "\r\n";
  for (int i = 0; i < 17; ++i) say(client, chunk);
  EXPECT_THAT(hear(client), StartsWith("HTTP/1.1 413 "));
}

TEST_F(Served, RefusesABodyOverTwoMebibytes) {
  const os::Fd client = connect();
  say(client,
      "POST /api/v1/targets/shop/production/abort HTTP/1.1\r\nHost: s\r\nContent-Length: 2097153\r\n\r\n");
  const std::string text = hear(client);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(text, HasSubstr("application/problem+json"));
}

TEST_F(Served, DropsAClientThatIsTooSlowWithItsHead) {
  const os::Fd client = connect();
  say(client, "GET /api/v1/ver");
  const std::string text = hear(client);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(text, HasSubstr("the head of the call did not arrive within 300 ms"));
}

TEST_F(Served, DropsAClientThatIsTooSlowWithItsArchive) {
  const os::Fd client = connect();
  say(client, put_head("Content-Length: 10"));
  say(client, "12345");
  EXPECT_THAT(hear(client), HasSubstr("the body did not arrive within 300 ms"));
  EXPECT_TRUE(world.shelf.sizes.empty());
}

TEST_F(Served, SaysThatItWasNotSpokenToInHttp) {
  const os::Fd client = connect();
  say(client, "hello there\r\n\r\n");
  const std::string text = hear(client);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(text, HasSubstr("\"kind\":\"invalid_input\""));
}

TEST_F(Served, NamesTheMethodsThereAre) {
  const os::Fd client = connect();
  say(client, "DELETE /api/v1/targets HTTP/1.1\r\nHost: s\r\n\r\n");
  const std::string text = hear(client);
  EXPECT_THAT(text, StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(text, HasSubstr("Allow: GET\r\n"));
}

TEST_F(Served, SendsEventsAsTheyHappenAndResumesThem) {
  const os::Fd client = connect();
  say(client, "GET /api/v1/events HTTP/1.1\r\nHost: s\r\n\r\n");
  EXPECT_THAT(hear(client, "\r\n\r\n"), HasSubstr("Content-Type: text/event-stream\r\n"));
  on_loop([&] { world.deploy("1.0.0", digest_one); });
  EXPECT_THAT(hear(client, "event: record"), HasSubstr("id: 1\nevent: note\n"));
  const os::Fd later = connect();
  say(later, "GET /api/v1/events HTTP/1.1\r\nHost: s\r\nLast-Event-ID: 0\r\n\r\n");
  EXPECT_THAT(hear(later, "event: record"), HasSubstr("id: 1\nevent: note\n"));
}

TEST_F(Served, LetsGoOfStreamsWhoseClientsWent) {
  for (int i = 0; i < 20; ++i) {
    const os::Fd client = connect();
    say(client, "GET /api/v1/events HTTP/1.1\r\nHost: s\r\n\r\n");
    EXPECT_THAT(hear(client, "\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  }
}

}  // namespace
}  // namespace slipway::server
