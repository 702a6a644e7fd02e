#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>

#include "drivers/probe/smoke.h"
#include "os/user.h"
#include "support/http_server.h"
#include "support/temp_dir.h"

namespace slipway::drivers {
namespace {

using core::Outcome;
using test::HttpServer;
using test::ServerAnswer;
using test::ServerRequest;
using testing::HasSubstr;

// A store with one artifact, which is written straight into its place.
class Smoke {
 public:
  explicit Smoke(const std::string& user = "")
      : store_(*ArtifactStore::open(dir_ / "artifacts")),
        tester_(store_, user, [](const core::Target& target, core::Pool pool) {
          return SmokeTester::Introduction{
              .headers = {{"x-ours", "token"}},
              .answer_header = "x-answered-by",
              .answered_by = target.environment + (pool == core::Pool::a ? ".a" : ".b")};
        }) {
    std::filesystem::create_directories(artifact());
  }
  std::filesystem::path artifact() const { return store_.path(digest_); }
  void write(const std::string& name, const std::string& script) const {
    std::ofstream(artifact() / name) << script;
    std::filesystem::permissions(artifact() / name, std::filesystem::perms::all);
  }
  Outcome run(std::vector<core::SmokeTest> tests, std::vector<std::string> addresses) {
    return tester_.perform(
        {{{"shop", "production"}, 1, 0},
         core::RunSmokeTests{{1, "1.0.0", digest_}, std::move(tests), std::move(addresses)}});
  }

  Outcome run_as_users(std::vector<core::SmokeTest> tests, const std::string& address) {
    return tester_.perform({{{"shop", "production"}, 1, 0},
                            core::RunSmokeTests{.release = {1, "1.0.0", digest_},
                                                .tests = std::move(tests),
                                                .addresses = {address},
                                                .host = "shop.example.com",
                                                .answering = core::Pool::b}});
  }

 private:
  TempDir dir_;
  std::string digest_ = std::string(64, 'a');
  ArtifactStore store_;
  SmokeTester tester_;
};

core::SmokeTest get(const std::string& name, const std::string& path) {
  core::SmokeTest test;
  test.name = name;
  test.get = path;
  test.timeout = Duration(5000);
  return test;
}

core::SmokeTest command(std::vector<std::string> words, Duration timeout = Duration(10'000)) {
  core::SmokeTest test;
  test.name = "script";
  test.command = std::move(words);
  test.timeout = timeout;
  return test;
}

TEST(SmokeTests, PassWhenEveryAddressAnswersAsExpected) {
  HttpServer one(200), two(200);
  Smoke smoke;
  const Outcome outcome =
      smoke.run({get("home", "/"), get("health", "/health")}, {one.address(), two.address()});
  EXPECT_EQ(outcome.status, Outcome::Status::done);
  EXPECT_EQ(outcome.message, "");
  ASSERT_EQ(outcome.smoke.size(), 4U);
  for (const auto& result : outcome.smoke) EXPECT_TRUE(result.passed) << result.detail;
  EXPECT_EQ(outcome.smoke[1].test, "health");
  EXPECT_EQ(outcome.smoke[3].address, two.address());
}

TEST(SmokeTests, RunAsTheDaemonsOwnUserWithoutRightsToBecomeAnother) {
  Smoke smoke(os::current_user().name);
  const Outcome outcome = smoke.run({command({"true"})}, {"127.0.0.1:1"});
  EXPECT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
}

TEST(SmokeTests, AFailureNamesTestAddressAndWhatIsWrongAndCountsTheRest) {
  HttpServer server(200, R"({"database":"down"})");
  auto database = get("Database connection", "/api/health/db");
  database.expect.json = {{"database", "connected"}};
  auto version = get("Version", "/api/version");
  version.expect.status = 201;
  Smoke smoke;
  const Outcome outcome = smoke.run({get("home", "/"), database, version}, {server.address()});
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_EQ(outcome.message, "smoke test \"Database connection\" failed against " + server.address() +
                                 ": database is \"down\", expected \"connected\" (and 1 more)");
  ASSERT_EQ(outcome.smoke.size(), 3U);
  EXPECT_TRUE(outcome.smoke[0].passed);
  EXPECT_EQ(outcome.smoke[2].detail, "status 200, expected 201");
}

TEST(SmokeTests, AGetThatFailsTwiceAndThenAnswersPasses) {
  std::atomic<int> asked = 0;
  HttpServer server(
      [&](const ServerRequest&) { return ServerAnswer{++asked < 3 ? 503 : 200, "", {}, false}; });
  Smoke smoke;
  EXPECT_EQ(smoke.run({get("home", "/")}, {server.address()}).status, Outcome::Status::done);
  EXPECT_EQ(asked, 3);
}

TEST(SmokeTests, AGetIsTriedThreeTimesAndNoMore) {
  HttpServer server(503);
  Smoke smoke;
  EXPECT_EQ(smoke.run({get("home", "/")}, {server.address()}).status, Outcome::Status::failed);
  EXPECT_EQ(server.connections(), 3);
}

TEST(SmokeTests, ACommandRunsInTheArtifactsFolderWithThreeVariablesAlone) {
  ::setenv("SECRET_OF_OURS", "s3cret", 1);
  Smoke smoke;
  smoke.write(
      "smoke.sh",
      "#!/bin/sh\npwd -P > seen\nenv | grep -vE '^(PWD|SHLVL|_|OLDPWD)=' | cut -d= -f1 | sort >> seen\n"
      "echo $BASE_URL >> seen\n");
  const Outcome outcome = smoke.run({command({"./smoke.sh"})}, {"127.0.0.1:20001"});
  ::unsetenv("SECRET_OF_OURS");
  EXPECT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  std::ifstream file(smoke.artifact() / "seen");
  const std::string seen((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(seen, std::filesystem::canonical(smoke.artifact()).string() +
                      "\nBASE_URL\nHOME\nPATH\nhttp://127.0.0.1:20001\n");
}

TEST(SmokeTests, ACommandsFirstWordIsLookedUpInTheArtifactAndThenInPath) {
  Smoke smoke;
  smoke.write("true", "#!/bin/sh\necho this one; exit 3\n");
  const Outcome own = smoke.run({command({"true"})}, {"127.0.0.1:1"});
  EXPECT_THAT(own.message, HasSubstr("exited with status 3: this one"));
  std::filesystem::remove(smoke.artifact() / "true");
  EXPECT_EQ(smoke.run({command({"true"})}, {"127.0.0.1:1"}).status, Outcome::Status::done);
}

TEST(SmokeTests, AFailedCommandRunsOnceAndItsLastWordsAreKept) {
  Smoke smoke;
  smoke.write("smoke.sh",
              "#!/bin/sh\necho run >> runs\necho one >&2\necho 'no such table: users' >&2\nexit 1\n");
  const Outcome outcome = smoke.run({command({"./smoke.sh"})}, {"127.0.0.1:20001"});
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_EQ(
      outcome.message,
      "smoke test \"script\" failed against 127.0.0.1:20001: exited with status 1: no such table: users");
  EXPECT_EQ(std::filesystem::file_size(smoke.artifact() / "runs"), 4U);
}

TEST(SmokeTests, ACommandThatTakesTooLongIsKilled) {
  Smoke smoke;
  const Outcome outcome = smoke.run({command({"sleep", "60"}, Duration(200))}, {"127.0.0.1:20001"});
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_THAT(outcome.message, HasSubstr("took longer than 200 ms"));
  EXPECT_LT(outcome.smoke.at(0).took, Duration(20'000));
}

TEST(SmokeTests, ACommandThatIsNotThereIsAFailureThatSaysSo) {
  Smoke smoke;
  EXPECT_THAT(smoke.run({command({"no-such-program"})}, {"127.0.0.1:1"}).message,
              HasSubstr("no-such-program"));
  const Outcome outcome = smoke.run({command({"./gone.sh"})}, {"127.0.0.1:1"});
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_THAT(outcome.message, HasSubstr("gone.sh"));
}

TEST(SmokeTests, ThatAnotherReleaseAnsweredAtThePublicAddressHaveFailed) {
  Smoke smoke;
  std::string by = "production.b";
  const HttpServer server([&](const ServerRequest& request) {
    const bool ours =
        request.headers.at("x-ours") == "token" && request.headers.at("Host") == "shop.example.com";
    return ServerAnswer{ours ? 200 : 400, "", {{"X-Answered-By", by}}, false};
  });
  EXPECT_EQ(smoke.run_as_users({get("home", "/")}, server.address()).message, "");
  by = "production.a";
  const Outcome outcome = smoke.run_as_users({get("home", "/")}, server.address());
  EXPECT_EQ(outcome.status, Outcome::Status::failed);
  EXPECT_THAT(outcome.message,
              HasSubstr("answered by production.a, and not by this release, which is production.b"));
}

TEST(SmokeTests, AreNeverTakenForDone) {
  TempDir dir;
  const ArtifactStore store = *ArtifactStore::open(dir / "artifacts");
  SmokeTester tester(store, "", {});
  EXPECT_EQ(tester.observe({}), std::nullopt);
}

}  // namespace
}  // namespace slipway::drivers
