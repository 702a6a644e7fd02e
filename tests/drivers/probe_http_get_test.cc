#include <gmock/gmock.h>
#include <stdlib.h>

#include "drivers/probe/http_get.h"
#include "support/http_server.h"
#include "support/wait.h"

namespace slipway::drivers {
namespace {

using test::HttpServer;
using test::ServerAnswer;
using test::ServerRequest;

core::Expectation expecting_json(const std::string& path, std::optional<Json> equals) {
  core::Expectation expectation;
  expectation.json = {{path, std::move(equals)}};
  return expectation;
}

TEST(HttpGet, ReturnsStatusHeadersAndBody) {
  HttpServer server([](const ServerRequest& request) {
    return ServerAnswer{418,
                        request.method + " " + request.path,
                        {{"X-Version", " 1.2.0 "}, {"X-Two", "a"}, {"x-two", "b"}},
                        false};
  });
  const auto answer = http_get(server.url("/tea?a=1"), Duration(5000));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 418);
  EXPECT_EQ(answer->body, "GET /tea?a=1");
  EXPECT_EQ(answer->headers.at("x-version"), "1.2.0");
  EXPECT_EQ(answer->headers.at("x-two"), "a, b");
}

TEST(HttpGet, DoesNotFollowARedirect) {
  HttpServer server(
      [](const ServerRequest&) { return ServerAnswer{302, "", {{"Location", "/elsewhere"}}, false}; });
  EXPECT_EQ(http_get(server.url(), Duration(5000))->status, 302);
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpGet, DoesNotCareForProxiesInTheEnvironment) {
  HttpServer server(200);
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  const auto answer = http_get(server.url(), Duration(5000));
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST(HttpGet, KeepsOneMebibyteOfABodyThatIsLonger) {
  HttpServer server(200, std::string(3 << 20, 'x'));
  const auto answer = http_get(server.url(), Duration(5000));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body.size(), 1U << 20);
}

TEST(HttpGet, SaysThatNobodyListens) {
  std::string url;
  {
    HttpServer server(200);
    url = server.url();
  }
  const auto answer = http_get(url, Duration(5000));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), (Error{ErrorKind::unavailable, "connection refused"}));
}

TEST(HttpGet, SaysHowLongItWaitedInVain) {
  HttpServer* self = nullptr;
  HttpServer server([&](const ServerRequest&) {
    eventually(Duration(10'000), [&] { return self->ending(); });
    return ServerAnswer{};
  });
  self = &server;
  EXPECT_EQ(http_get(server.url(), Duration(150)).error().message, "no answer within 150 ms");
  EXPECT_EQ(http_get(server.url(), Duration(1000)).error().message, "no answer within 1 s");
}

TEST(HttpGet, SaysThatTheConnectionWasClosedWithoutAnAnswer) {
  HttpServer server([](const ServerRequest&) { return ServerAnswer{200, "", {}, true}; });
  EXPECT_EQ(http_get(server.url(), Duration(5000)).error().message,
            "it closed the connection without an answer");
}

TEST(Mismatch, WithNothingExpectedIsAnyStatusButTwoAndThreeHundreds) {
  EXPECT_EQ(mismatch({199, {}, ""}, {}), "status 199, expected 200 to 399");
  EXPECT_EQ(mismatch({200, {}, ""}, {}), std::nullopt);
  EXPECT_EQ(mismatch({399, {}, ""}, {}), std::nullopt);
  EXPECT_EQ(mismatch({503, {}, ""}, {}), "status 503, expected 200 to 399");
}

TEST(Mismatch, NamesBothStatuses) {
  core::Expectation expectation;
  expectation.status = 200;
  EXPECT_EQ(mismatch({503, {}, ""}, expectation), "status 503, expected 200");
  EXPECT_EQ(mismatch({200, {}, ""}, expectation), std::nullopt);
}

TEST(Mismatch, LooksAtHeaders) {
  core::Expectation expectation;
  expectation.headers = {{"content-type", "application/json"}};
  EXPECT_EQ(mismatch({200, {}, ""}, expectation),
            R"(header content-type is missing, expected "application/json")");
  EXPECT_EQ(mismatch({200, {{"content-type", "text/html"}}, ""}, expectation),
            R"(header content-type is "text/html", expected "application/json")");
  EXPECT_EQ(mismatch({200, {{"content-type", "application/json"}}, ""}, expectation), std::nullopt);
  expectation.headers = {{"x-version", std::nullopt}};
  EXPECT_EQ(mismatch({200, {}, ""}, expectation), "header x-version is missing");
  EXPECT_EQ(mismatch({200, {{"x-version", ""}}, ""}, expectation), std::nullopt);
}

TEST(Mismatch, LooksIntoNestedJson) {
  const HttpAnswer answer{
      200, {}, R"({"status":{"ready":"no","nodes":[{"up":true}]},"count":3,"none":null})"};
  EXPECT_EQ(mismatch(answer, expecting_json("status.ready", "yes")),
            R"(status.ready is "no", expected "yes")");
  EXPECT_EQ(mismatch(answer, expecting_json("status.ready", "no")), std::nullopt);
  EXPECT_EQ(mismatch(answer, expecting_json("status.nodes.0.up", true)), std::nullopt);
  EXPECT_EQ(mismatch(answer, expecting_json("status.nodes.1.up", true)),
            "status.nodes.1.up is missing, expected true");
  EXPECT_EQ(mismatch(answer, expecting_json("status.ready.deeper", std::nullopt)),
            "status.ready.deeper is missing");
  EXPECT_EQ(mismatch(answer, expecting_json("count", 3.0)), std::nullopt);
  EXPECT_EQ(mismatch(answer, expecting_json("count", "3")), R"(count is 3, expected "3")");
  EXPECT_EQ(mismatch(answer, expecting_json("none", std::nullopt)), std::nullopt);
}

TEST(Mismatch, SaysThatAnAnswerIsNotJson) {
  EXPECT_THAT(*mismatch({200, {}, "<html>"}, expecting_json("status", "up")),
              testing::HasSubstr("the answer is not JSON"));
  EXPECT_EQ(mismatch({200, {}, "[]"}, expecting_json("status", "up")), R"(status is missing, expected "up")");
}

}  // namespace
}  // namespace slipway::drivers
