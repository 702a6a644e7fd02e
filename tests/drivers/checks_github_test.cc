#include <gmock/gmock.h>
#include <stdlib.h>

#include <atomic>
#include <mutex>

#include "base/json.h"
#include "checks_world.h"
#include "support/http_server.h"

namespace slipway::drivers {
namespace {

using core::Outcome;
using test::HttpServer;
using test::ServerAnswer;
using test::ServerRequest;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

const std::string commit = "4f2a9c1" + std::string(33, '0');
const std::string of_commit = "/repos/acme/shop/commits/" + commit;

// Stands for GitHub: what it has under each path, in pages of two.
class GitHub {
 public:
  std::map<std::string, Json> has;         // path → list
  std::map<std::string, std::string> key;  // path → the key that the list is under
  std::optional<ServerAnswer> instead;

  GitHub() : server_([this](const ServerRequest& request) { return answer(request); }) {
    key[of_commit + "/check-runs"] = "check_runs";
    key[of_commit + "/status"] = "statuses";
    has[of_commit + "/check-runs"] = Json::array();
    has[of_commit + "/status"] = Json::array();
    has[of_commit + "/pulls"] = Json::array();
  }
  Json& runs() { return has[of_commit + "/check-runs"]; }
  Json& statuses() { return has[of_commit + "/status"]; }
  Json& pulls() { return has[of_commit + "/pulls"]; }
  Json& reviews(int pull) { return has[fmt::format("/repos/acme/shop/pulls/{}/reviews", pull)]; }

  core::GitHub config() const { return {.repository = "acme/shop", .api = server_.url("/")}; }
  std::vector<std::string> said() const {
    const std::lock_guard lock(mutex_);
    return said_;
  }

 private:
  ServerAnswer answer(const ServerRequest& request) {
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [name, value] : request.headers) said_.push_back(name + ": " + value);
    }
    if (instead) return *instead;
    const std::string path = request.path.substr(0, request.path.find('?'));
    const auto found = has.find(path);
    if (found == has.end()) return {404, R"({"message":"Not Found"})", {}, false};
    constexpr std::size_t per_page = 2;
    const auto page = std::stoul(request.path.substr(request.path.find("&page=") + 6));
    Json list = Json::array();
    for (std::size_t i = (page - 1) * per_page; i < std::min(page * per_page, found->second.size()); ++i)
      list.push_back(found->second[i]);
    ServerAnswer answer{200, list.dump(), {}, false};
    if (const auto name = key.find(path); name != key.end())
      answer.body = Json{{"total_count", found->second.size()}, {name->second, list}}.dump();
    if (page * per_page < found->second.size())
      answer.headers = {{"Link", "<http://elsewhere.example/next>; rel=\"next\""}};
    return answer;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> said_;
  HttpServer server_;
};

Json check_run(const std::string& name, const std::string& conclusion) {
  if (conclusion.empty()) return {{"name", name}, {"status", "in_progress"}, {"conclusion", nullptr}};
  return {{"name", name}, {"status", "completed"}, {"conclusion", conclusion}};
}

Json review(const std::string& who, const std::string& state) {
  return {{"user", {{"login", who}}}, {"state", state}};
}

Json pull(int number, const std::string& state, bool merged = false) {
  return {{"number", number},
          {"state", state},
          {"merged_at", merged ? Json("2026-11-23T10:00:00Z") : Json()},
          {"user", {{"login", "author"}}}};
}

Outcome ask(const GitHub& github, core::Check::GitHub what,
            const std::optional<core::SecretRef>& token = std::nullopt, const std::string& of = commit) {
  ChecksWorld world;
  core::RunCheck run;
  run.check.kind = core::Check::Kind::github;
  run.check.github = what;
  run.github = github.config();
  run.github->token = token;
  run.source.commit = of;
  return world.perform(run);
}

Outcome checks(const GitHub& github) {
  return ask(github, core::Check::GitHub::checks);
}

Outcome approved(const GitHub& github) {
  return ask(github, core::Check::GitHub::approved);
}

TEST(GitHubChecks, PassWhenAllOnEveryPageSucceededOrWereSkipped) {
  GitHub github;
  github.runs() =
      Json::array({check_run("build", "success"), check_run("docs", "neutral"), check_run("arm", "skipped"),
                   check_run("test", "success"), check_run("lint", "success")});
  github.statuses() = Json::array({{{"context", "ci/old"}, {"state", "success"}}});
  const Outcome outcome = checks(github);
  ASSERT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  EXPECT_TRUE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->summary, "6 of 6 checks of 4f2a9c1 succeeded");
}

TEST(GitHubChecks, FailForOneOnTheLastPage) {
  GitHub github;
  github.runs() =
      Json::array({check_run("build", "success"), check_run("docs", "success"), check_run("e2e", "failure")});
  const Outcome outcome = checks(github);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->summary, "2 of 3 checks of 4f2a9c1 succeeded; not: e2e (failure)");
}

TEST(GitHubChecks, FailForAStatusThatIsBadOrPending) {
  GitHub github;
  github.runs() = Json::array({check_run("build", "success"), check_run("slow", "")});
  github.statuses() = Json::array(
      {{{"context", "ci/old"}, {"state", "error"}}, {{"context", "ci/new"}, {"state", "pending"}}});
  const Outcome outcome = checks(github);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->summary,
            "1 of 4 checks of 4f2a9c1 succeeded; not: ci/old (error); not done yet: slow, ci/new");
}

TEST(GitHubChecks, FailWhereThereAreNone) {
  const GitHub github;
  const Outcome outcome = checks(github);
  EXPECT_EQ(outcome.status, Outcome::Status::done);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->summary, StartsWith("4f2a9c1 has no checks at all"));
}

TEST(GitHubApproval, IsAReviewOfAnOpenOrMergedPullRequestByAnother) {
  for (const bool merged : {true, false}) {
    GitHub github;
    github.pulls() = Json::array({pull(7, merged ? "closed" : "open", merged)});
    github.reviews(7) =
        Json::array({review("ada", "COMMENTED"), review("grace", "CHANGES_REQUESTED"),
                     review("ada", "APPROVED"), review("grace", "APPROVED"), review("ada", "COMMENTED")});
    const Outcome outcome = approved(github);
    ASSERT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
    EXPECT_TRUE(outcome.evidence->passed);
    EXPECT_EQ(outcome.evidence->summary, "pull request 7 was approved by ada, grace");
  }
}

TEST(GitHubApproval, IsNotTheAuthorsOwn) {
  GitHub github;
  github.pulls() = Json::array({pull(7, "open")});
  github.reviews(7) = Json::array({review("author", "APPROVED")});
  const Outcome outcome = approved(github);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->summary, "nobody but its author has approved pull request 7");
}

TEST(GitHubApproval, EndsWithADismissal) {
  GitHub github;
  github.pulls() = Json::array({pull(7, "open")});
  github.reviews(7) = Json::array({review("ada", "APPROVED"), review("ada", "DISMISSED")});
  EXPECT_FALSE(approved(github).evidence->passed);
}

TEST(GitHubApproval, IsWorthNothingWhileSomebodyAsksForChanges) {
  GitHub github;
  github.pulls() = Json::array({pull(7, "open")});
  github.reviews(7) = Json::array(
      {review("ada", "APPROVED"), review("grace", "APPROVED"), review("grace", "CHANGES_REQUESTED")});
  const Outcome outcome = approved(github);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->summary, "changes to pull request 7 are asked for by grace");
}

TEST(GitHubApproval, CountsInAnotherPullRequestThanTheFirst) {
  GitHub github;
  github.pulls() = Json::array({pull(5, "closed"), pull(6, "open"), pull(7, "closed", true)});
  github.reviews(5) = Json::array({review("ada", "APPROVED")});
  github.reviews(6) = Json::array();
  github.reviews(7) = Json::array({review("grace", "APPROVED")});
  EXPECT_EQ(approved(github).evidence->summary, "pull request 7 was approved by grace");
}

TEST(GitHubApproval, IsMissingWithoutAPullRequestOrInOneThatWasClosed) {
  GitHub github;
  EXPECT_THAT(approved(github).evidence->summary, StartsWith("4f2a9c1 is in no pull request"));
  github.pulls() = Json::array({pull(7, "closed")});
  github.reviews(7) = Json::array({review("ada", "APPROVED")});
  const Outcome outcome = approved(github);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->summary, StartsWith("4f2a9c1 is in no pull request"));
}

TEST(GitHubCheck, ShowsItsTokenToTheApiAndToNobodyElse) {
  ::setenv("GITHUB_TOKEN_OF_A_TEST", "t0ken", 1);
  GitHub github;
  github.runs() = Json::array({check_run("build", "failure")});
  const core::SecretRef token{.name = "GITHUB_TOKEN_OF_A_TEST"};
  const Outcome outcome = ask(github, core::Check::GitHub::checks, token);
  ::unsetenv("GITHUB_TOKEN_OF_A_TEST");
  EXPECT_THAT(github.said(), AllOf(Contains("Authorization: Bearer t0ken"),
                                   Contains("Accept: application/vnd.github+json")));
  EXPECT_THAT(outcome.evidence->summary, Not(HasSubstr("t0ken")));
}

TEST(GitHubCheck, SaysWhatToDoWithoutItsTokenARepositoryOrACommit) {
  const GitHub github;
  const core::SecretRef token{.name = "NO_SUCH_VARIABLE"};
  const Outcome without = ask(github, core::Check::GitHub::checks, token);
  EXPECT_EQ(without.status, Outcome::Status::done);
  EXPECT_FALSE(without.evidence->passed);
  EXPECT_THAT(without.evidence->summary, AllOf(HasSubstr("github.token"), HasSubstr("NO_SUCH_VARIABLE")));
  const Outcome unknown = ask(github, core::Check::GitHub::checks, std::nullopt, "");
  EXPECT_FALSE(unknown.evidence->passed);
  EXPECT_THAT(unknown.evidence->summary, HasSubstr("the commit of 1.5.0 isn't known; deploy from"));
  EXPECT_FALSE(ask(github, core::Check::GitHub::checks, std::nullopt, "../../user").evidence->passed);
  ChecksWorld world;
  core::RunCheck run;
  run.check.kind = core::Check::Kind::github;
  EXPECT_THAT(world.perform(run).evidence->summary, HasSubstr("write github: {repository: OWNER/NAME}"));
  EXPECT_TRUE(github.said().empty());
}

TEST(GitHubCheck, IsTriedAgainWhenItsRateIsLimitedOrItHasTrouble) {
  GitHub github;
  github.instead =
      ServerAnswer{403, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1800000000"}}, false};
  Outcome outcome = checks(github);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_THAT(outcome.message, AllOf(HasSubstr("limits how often it is asked, until 2027-01-15T08:00:00Z"),
                                     HasSubstr("with github.token it allows more")));
  github.instead = ServerAnswer{429, "", {{"Retry-After", "90"}}, false};
  outcome = checks(github);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_THAT(outcome.message, HasSubstr(", for 1 min 30 s"));
  // Too fast, though the hour's requests aren't used up: that they begin anew in an hour is no reason to wait
  // for it.
  github.instead = ServerAnswer{403,
                                "You have exceeded a secondary rate limit",
                                {{"x-ratelimit-remaining", "4900"}, {"x-ratelimit-reset", "1800000000"}},
                                false};
  outcome = checks(github);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_FALSE(outcome.retry_after);
  EXPECT_THAT(outcome.message, Not(HasSubstr("2027")));
  github.instead = ServerAnswer{502, "<html>", {}, false};
  outcome = checks(github);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_THAT(outcome.message, HasSubstr("status 502"));
  github.instead = ServerAnswer{.hang_up = true};
  EXPECT_EQ(checks(github).status, Outcome::Status::unavailable);
  EXPECT_FALSE(checks(github).evidence);
}

TEST(GitHubCheck, FailsWithWhatToDoWhereItIsRefusedOrNotUnderstood) {
  GitHub github;
  const auto summary = [&](ServerAnswer answer) {
    github.instead = std::move(answer);
    const Outcome outcome = checks(github);
    EXPECT_EQ(outcome.status, Outcome::Status::done);
    EXPECT_FALSE(outcome.evidence->passed);
    return outcome.evidence->summary;
  };
  EXPECT_THAT(summary({401, "{}", {}, false}), HasSubstr("give github.token one that may read acme/shop"));
  EXPECT_THAT(summary({404, "{}", {}, false}), HasSubstr("knows no such commit in acme/shop"));
  EXPECT_THAT(summary({422, "{}", {}, false}), HasSubstr("knows no such commit in acme/shop"));
  EXPECT_THAT(summary({301, "", {}, false}), HasSubstr("has moved"));
  EXPECT_THAT(summary({200, "<html>", {}, false}), HasSubstr("correct github.api"));
  EXPECT_THAT(summary({200, R"({"check_runs":7})", {}, false}), HasSubstr("isn't a list"));
  EXPECT_THAT(summary({200, R"({"check_runs":[7]})", {}, false}), HasSubstr("isn't a list of objects"));
  EXPECT_THAT(summary({200, "[]", {}, false}), StartsWith("4f2a9c1 has no checks at all"));
}

}  // namespace
}  // namespace slipway::drivers
