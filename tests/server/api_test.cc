#include "server/api/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"
#include "server/api/waits.h"

namespace slipway::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Bad {
  std::string method;
  std::string path;
  std::string body;
  int status;
  std::string kind;
  std::string detail;
};

class BadRequests : public testing::TestWithParam<Bad> {
 protected:
  static void SetUpTestSuite() {
    world = new ApiWorld;
    CHECK(world->deploy("1.0.0", digest_one).status == 202);
    world->settle();
  }
  static void TearDownTestSuite() { delete world; }
  static inline ApiWorld* world = nullptr;
};

TEST_P(BadRequests, AreAnsweredWithWhatIsWrongAndWhatToDo) {
  const Bad& bad = GetParam();
  const Response response = world->ask(bad.method, bad.path, bad.body);
  const Json expected{{"type", "about:blank"},
                      {"title", bad.kind == "invalid_input" ? "invalid input"
                                : bad.kind == "not_found"   ? "not found"
                                                            : bad.kind},
                      {"status", bad.status},
                      {"detail", bad.detail},
                      {"kind", bad.kind}};
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(response.status, bad.status);
  EXPECT_EQ(json_of(response).dump(1), expected.dump(1));
}

std::string deploy_with(Json more) {
  Json body{{"version", "1.1.0"}, {"config", shop_config}, {"digest", digest_two}};
  body.merge_patch(more);
  return body.dump();
}

const std::string wishes = "\"at\", \"override\", \"commit\", \"branch\", \"changes\"";
const std::string known =
    "known are \"version\", \"config\", \"digest\", \"reason\", \"end_bake\", " + wishes;

INSTANTIATE_TEST_SUITE_P(
    Table, BadRequests,
    testing::Values(
        Bad{"GET", "/", "", 404, "not_found",
            "there is no / here: the calls are below /api/v1/, such as GET /api/v1/targets"},
        Bad{"GET", "/api/v2/targets", "", 404, "not_found",
            "there is no /api/v2/targets here: the calls are below /api/v1/, such as GET /api/v1/targets"},
        Bad{"GET", "/api/v1/targets/", "", 404, "not_found",
            "there is no /api/v1/targets/ here: the calls are below /api/v1/, such as GET /api/v1/targets"},
        Bad{"DELETE", "/api/v1/targets", "", 405, "invalid_input", "/api/v1/targets takes GET, not DELETE"},
        Bad{"PUT", production + "/deployments", "", 405, "invalid_input",
            production + "/deployments takes GET, POST, not PUT"},
        Bad{"GET", "/api/v1/artifacts", "", 405, "invalid_input", "/api/v1/artifacts takes PUT, not GET"},
        Bad{"GET", "/api/v1/targets?all=1", "", 400, "invalid_input",
            "the address has \"?all=\", which isn't known here: this call takes nothing after \"?\""},
        Bad{"GET", production + "/deployments?limit=0", "", 400, "invalid_input",
            "limit must be a whole number from 1 to 1000, and is \"0\""},
        Bad{"GET", production + "/deployments?limit=1&limit=2", "", 400, "invalid_input",
            "the address has \"limit=\" twice"},
        Bad{"GET", production + "/deployments?Limit=1", "", 400, "invalid_input",
            "the address has \"?Limit=\", which isn't known here: known are limit"},
        Bad{"GET", production + "/deployments?limit=%zz", "", 400, "invalid_input",
            "a % in the address must be followed by two hexadecimal digits"},
        Bad{"GET", production + "/deployments?limit=%ff", "", 400, "invalid_input",
            "the address isn't UTF-8 text"},
        Bad{"GET", production + "/deployments/one", "", 400, "invalid_input",
            "the deployment must be a whole number from 1 to 1000000000, and is \"one\""},
        Bad{"GET", production + "/deployments/9", "", 404, "not_found",
            "shop/production has no deployment 9: its deployments are 1 to 1"},
        Bad{"GET", "/api/v1/targets/shop/staging", "", 404, "not_found",
            "nothing was ever deployed to shop/staging: the targets are shop/production"},
        Bad{"GET", "/api/v1/targets/a%2Fb/c", "", 400, "invalid_input",
            "a name holds a slash: write the target as /api/v1/targets/SERVICE/ENVIRONMENT"},
        Bad{"GET", production + "/logs?follow=yes", "", 400, "invalid_input",
            "follow must be true or false, and is \"yes\""},
        Bad{"GET", production + "/logs?instance=seven", "", 400, "invalid_input",
            "instance must be an instance's name such as 7-1, and is \"seven\""},
        Bad{"GET", "/api/v1/events?after=last", "", 400, "invalid_input",
            "after must be the id of a note, a whole number, and is \"last\""},
        Bad{"POST", production + "/abort", "[]", 400, "invalid_input",
            "the body must be a JSON object with \"reason\", and is an array"},
        Bad{"POST", production + "/abort", "{\"why\":\"x\"}", 400, "invalid_input",
            "the body has \"why\", which isn't known here: known are \"reason\""},
        Bad{"POST", production + "/abort", "{\"reason\":7}", 400, "invalid_input",
            "\"reason\" must be a string, and is a number"},
        Bad{"POST", production + "/abort", "{\"reason\":\"a\\nb\"}", 400, "invalid_input",
            "\"reason\" must be one line without control characters"},
        Bad{"GET", production + "/promote", "", 405, "invalid_input",
            production + "/promote takes POST, not GET"},
        Bad{"POST", production + "/promote", "{\"weight\":100}", 400, "invalid_input",
            "the body has \"weight\", which isn't known here: known are \"reason\""},
        Bad{"POST", production + "/promote", "", 409, "refused", "nothing is under way at shop/production"},
        Bad{"POST", production + "/pause", "{\"reason\":true}", 400, "invalid_input",
            "\"reason\" must be a string, and is true or false"},
        Bad{"POST", production + "/pause", "", 409, "refused", "nothing is under way at shop/production"},
        Bad{"POST", production + "/resume", "7", 400, "invalid_input",
            "the body must be a JSON object with \"reason\", and is a number"},
        Bad{"POST", production + "/resume", "", 409, "refused", "nothing is under way at shop/production"},
        Bad{"POST", "/api/v1/targets/shop/staging/pause", "", 404, "not_found",
            "nothing was ever deployed to shop/staging: the targets are shop/production"},
        Bad{"POST", production + "/plan", "", 400, "invalid_input", "the body lacks \"version\""},
        Bad{"POST", production + "/plan", "{\"version\":\"1.1.0\"}", 400, "invalid_input",
            "the body lacks \"config\""},
        Bad{"POST", production + "/plan", deploy_with({{"end_bake", true}}), 400, "invalid_input",
            "the body has \"end_bake\", which isn't known here: known are \"version\", \"config\", "
            "\"digest\", \"reason\", " +
                wishes},
        Bad{"POST", production + "/plan", deploy_with({{"at", "tomorrow"}}), 400, "invalid_input",
            "\"tomorrow\" is no time: write it as 2026-11-26T14:00Z"},
        Bad{"POST", production + "/deployments", deploy_with({{"override", {"Backup completed"}}}), 400,
            "invalid_input", "say why checks are set aside: \"reason\" must not be empty"},
        Bad{"POST", production + "/deployments", deploy_with({{"override", "Backup completed"}}), 400,
            "invalid_input", "\"override\" must be a list of strings, and is a string"},
        Bad{"POST", production + "/freeze", "{\"reason\":\"x\",\"from\":\"2026-02-30T00:00Z\"}", 400,
            "invalid_input", "\"2026-02-30T00:00Z\" is no time: write it as 2026-11-26T14:00Z"},
        Bad{"POST", production + "/freeze", "{\"reason\":\"x\"}", 400, "invalid_input",
            "the body lacks \"from\""},
        Bad{"POST", production + "/unfreeze", "{\"number\":3}", 409, "refused",
            "shop/production isn't frozen"},
        Bad{"POST", production + "/approve", "", 409, "refused",
            "nothing waits for an approval at shop/production"},
        Bad{"POST", production + "/attest", "{}", 400, "invalid_input", "the body lacks \"check\""},
        Bad{"POST", production + "/attest", "{\"check\":\"x\",\"version\":\"9\"}", 404, "not_found",
            "shop has no version 9: slipway releases lists those there are"},
        Bad{"POST", production + "/plan", deploy_with({{"digest", "abc"}}), 400, "invalid_input",
            "\"digest\" must be the 64 lowercase hexadecimal digits that PUT /api/v1/artifacts answered"},
        Bad{"POST", "/api/v1/targets/shop/nowhere/plan", deploy_with(Json::object()), 404, "not_found",
            "shop has no environment \"nowhere\"; it has production, staging"},
        Bad{"POST", "/api/v1/targets/shop/staging/abort", "", 404, "not_found",
            "nothing was ever deployed to shop/staging: the targets are shop/production"},
        Bad{"POST", production + "/deployments", "", 400, "invalid_input", "the body lacks \"version\""},
        Bad{"POST", production + "/deployments", deploy_with({{"version", ""}}), 400, "invalid_input",
            "\"version\" is empty"},
        Bad{"POST", production + "/deployments", deploy_with({{"version", "1 0"}}), 400, "invalid_input",
            "\"version\" must be 1 to 128 letters, digits and . _ - +, and is \"1 0\""},
        Bad{"POST", production + "/deployments", deploy_with({{"config", nullptr}}), 400, "invalid_input",
            "the body lacks \"config\""},
        Bad{"POST", production + "/deployments", deploy_with({{"digest", "abc"}}), 400, "invalid_input",
            "\"digest\" must be the 64 lowercase hexadecimal digits that PUT /api/v1/artifacts answered"},
        Bad{"POST", production + "/deployments", deploy_with({{"end_bake", "yes"}}), 400, "invalid_input",
            "\"end_bake\" must be true or false, and is a string"},
        Bad{"POST", production + "/deployments", deploy_with({{"verson", "1"}}), 400, "invalid_input",
            "the body has \"verson\", which isn't known here: " + known + "; did you mean \"version\"?"},
        Bad{"POST", production + "/deployments", deploy_with({{"digest", nullptr}}), 400, "invalid_input",
            "shop has no version 1.1.0 yet: upload it with: slipway deploy production --version 1.1.0 "
            "--artifact "
            "PATH"},
        Bad{"POST", production + "/deployments", deploy_with({{"digest", std::string(64, 'c')}}), 404,
            "not_found",
            "the artifact cccccccccccc of version 1.1.0 isn't stored (any more): upload it with: slipway "
            "deploy production --version 1.1.0 --artifact PATH"},
        Bad{"POST", "/api/v1/targets/other/production/deployments", deploy_with(Json::object()), 400,
            "invalid_input",
            "the configuration is of the service shop, and the path names other: they must be the same"},
        Bad{"POST", production + "/rollback", "{\"revision\":-1}", 400, "invalid_input",
            "\"revision\" must be a whole number from 1 on, and is -1"},
        Bad{"POST", production + "/rollback", "{\"revision\":\"1\"}", 400, "invalid_input",
            "\"revision\" must be a whole number from 1 on, and is a string"},
        Bad{"POST", production + "/rollback", "{\"revision\":7}", 404, "not_found",
            "shop has no revision 7: slipway releases production lists those there are"}));

TEST(Api, SaysWhereABodyStopsBeingJson) {
  ApiWorld world;
  const Response response = world.ask("POST", production + "/abort", "{\"reason\":");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(json_of(response)["detail"], StartsWith("the body: not JSON (at byte 11)"));
}

TEST(Api, NamesTheMethodsThereAre) {
  ApiWorld world;
  EXPECT_EQ(world.ask("PATCH", production + "/deployments").allow, "GET, POST");
}

TEST(Api, DeploysAndShowsWhatRuns) {
  ApiWorld world;
  const Response begun = world.deploy("1.0.0", digest_one);
  ASSERT_EQ(begun.status, 202) << begun.body;
  EXPECT_EQ(json_of(begun)["deployment"], 1);
  EXPECT_THAT(json_of(world.ask("GET", production))["deployment"]["waits_for"],
              HasSubstr("0 of 1 instance started"));
  world.settle();
  const Json target = json_of(world.ask("GET", production));
  EXPECT_EQ(target["stable"]["version"], "1.0.0");
  EXPECT_EQ(target["stable"]["instances"][0]["pid"], 4711);
  EXPECT_EQ(target["stable"]["instances"][0]["memory"], 1 << 20);
  EXPECT_EQ(target["stable"]["instances"][0]["health"], "healthy");
  EXPECT_EQ(target["proxy"], (Json{{"state", "up"}, {"problem", ""}}));
  EXPECT_EQ(target["listen"], "127.0.0.1:18080");
  EXPECT_TRUE(target["deployment"].is_null());
  EXPECT_EQ(target["last"]["outcome"], "promoted");
  EXPECT_EQ(target["last"]["by"], "alice");
  EXPECT_EQ(json_of(world.ask("GET", "/api/v1/targets"))["targets"][0].dump(), target.dump());
}

TEST(Api, ShowsWhatTheProxyCountsAsDownAsUnhealthyAndWhatBecomesOfUsersThen) {
  ApiWorld world;
  ASSERT_EQ(world.deploy("1.0.0", digest_one).status, 202);
  world.settle();
  world.runner.deliver({"shop", "production"}, core::ServersObserved{{{{1, 1}, false, "status 400"}}});
  const Json target = json_of(world.ask("GET", production));
  EXPECT_EQ(target["stable"]["instances"][0]["health"], "unhealthy");
  EXPECT_EQ(target["stable"]["instances"][0]["detail"], "to the proxy: status 400");
  EXPECT_EQ(target["proxy"]["problem"],
            "fewer than 50 % of the instances of 1.0.0 are up to the proxy, so all of them get requests: "
            "1-1: status 400");
}

TEST(Api, AnswersThatWhatIsStableNeedsNoDeployment) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  const Response again = world.deploy("1.0.0", digest_one);
  EXPECT_EQ(again.status, 200);
  EXPECT_TRUE(json_of(again)["deployment"].is_null());
}

TEST(Api, TakesTheArtifactThatAVersionHadBefore) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  const Response staging = world.ask("POST", "/api/v1/targets/shop/staging/deployments",
                                     Json{{"version", "1.0.0"}, {"config", shop_config}}.dump());
  EXPECT_EQ(staging.status, 202) << staging.body;
}

TEST(Api, RefusesAVersionThatHasAnotherArtifactAlready) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  const Response response = world.deploy("1.0.0", digest_two);
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(json_of(response)["kind"], "conflict");
}

TEST(Api, RollsBackToTheReleaseBeforeWithItsOwnConfiguration) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  world.deploy("1.1.0", digest_two);
  world.settle();
  const Response back = world.ask("POST", production + "/rollback", "{\"reason\":\"too slow\"}");
  ASSERT_EQ(back.status, 202) << back.body;
  world.settle();
  const Json target = json_of(world.ask("GET", production));
  EXPECT_EQ(target["stable"]["version"], "1.0.0");
  EXPECT_EQ(target["last"]["kind"], "rollback");
  EXPECT_EQ(target["last"]["reason"], "too slow");
}

TEST(Api, WontGoBackToWhatWasNeverPromotedHere) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  world.ask("POST", "/api/v1/targets/shop/staging/deployments",
            Json{{"version", "1.1.0"}, {"config", shop_config}, {"digest", digest_two}}.dump());
  const Response response = world.ask("POST", production + "/rollback", "{\"revision\":2}");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(
      json_of(response)["detail"],
      "revision 2 (1.1.0) was never promoted at shop/production, so there is no going back to it: deploy it "
      "with: slipway deploy production --version 1.1.0");
}

TEST(Api, SaysThatAnArtifactToGoBackToWasCollected) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  world.deploy("1.1.0", digest_two);
  world.settle();
  world.shelf.there.erase(digest_one);
  const Response response = world.ask("POST", production + "/rollback");
  EXPECT_EQ(response.status, 409);
  EXPECT_THAT(json_of(response)["detail"],
              HasSubstr("the artifact of revision 1 (1.0.0) isn't stored any more"));
}

TEST(Api, ListsReleasesWithTheirRoles) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  world.deploy("1.1.0", digest_two);
  const Json releases = json_of(world.ask("GET", production + "/releases"))["releases"];
  ASSERT_EQ(releases.size(), 2U);
  EXPECT_EQ(releases[0]["role"], "canary");
  EXPECT_FALSE(releases[0].contains("deployed"));
  EXPECT_EQ(releases[1]["role"], "stable");
  EXPECT_TRUE(releases[1].contains("deployed"));
}

TEST(Api, TellsADeploymentWithItsNotes) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  const Json record = json_of(world.ask("GET", production + "/deployments/1"));
  EXPECT_EQ(record["outcome"], "promoted");
  EXPECT_GT(record["notes"].size(), 2U);
}

std::string all_of(Stream& stream) {
  std::string text;
  while (true) {
    const auto next = stream.next();
    if (!next || next->empty()) return text;
    text += *next;
  }
}

TEST(Events, BringNotesAndThenTheRecordOfWhatHappened) {
  ApiWorld world;
  const Response response = world.ask("GET", "/api/v1/events?target=shop/production");
  ASSERT_TRUE(response.stream);
  EXPECT_EQ(response.content_type, "text/event-stream");
  EXPECT_EQ(all_of(*response.stream), "");
  int woken = 0;
  response.stream->wake_with([&] { ++woken; });
  world.deploy("1.0.0", digest_one);
  EXPECT_GT(woken, 0);
  const std::string text = all_of(*response.stream);
  EXPECT_THAT(text, StartsWith("id: 1\nevent: note\ndata: {"));
  EXPECT_LT(text.find("event: note"), text.find("event: record"));
}

TEST(Events, ResumeBehindTheLastEventId) {
  ApiWorld world;
  world.deploy("1.0.0", digest_one);
  world.settle();
  const std::int64_t last = *world.journal->last_note();
  Request request{.method = "GET",
                  .path = "/api/v1/events",
                  .query = {},
                  .body = {},
                  .file = {},
                  .last_event_id = std::to_string(last - 1),
                  .user = "alice"};
  std::string text;
  world.api.handle(request, [&](Response response) { text = all_of(*response.stream); });
  EXPECT_THAT(text, StartsWith(fmt::format("id: {}\nevent: note\n", last)));
  EXPECT_EQ(text.find("id: ", 1), std::string::npos);
  EXPECT_THAT(text, HasSubstr("\"outcome\":\"promoted\""));
}

TEST(Events, LeaveOutOtherTargets) {
  ApiWorld world;
  const Response response = world.ask("GET", "/api/v1/events?target=shop/staging&after=0");
  world.deploy("1.0.0", digest_one);
  EXPECT_EQ(all_of(*response.stream), "");
}

}  // namespace
}  // namespace slipway::server
