#include "server/rights.h"

#include <gmock/gmock.h>

#include "server/api_world.h"

namespace slipway::server {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view users_file = R"(roles:
  developer: [deploy, attest]
  operator: all
  watchman: [rollback]
users:
  ann: [developer]
  bob: operator
  carol: [developer, watchman]
  4711: [watchman]
  dave: []
)";

Rights rights(std::string_view text = users_file) {
  auto read = Rights::read(text, "users.yaml");
  CHECK(read.has_value());
  return *std::move(read);
}

std::string errors_of(std::string_view text) {
  const auto read = Rights::read(text, "users.yaml");
  return read ? "" : read.error().message;
}

TEST(Rights, LetEverybodyDoEverythingWithoutAFile) {
  EXPECT_TRUE(Rights().allowed({"eve", 1}, Right::emergency));
}

TEST(Rights, AreThoseOfAPersonsRoles) {
  EXPECT_TRUE(rights().allowed({"ann", 1}, Right::deploy));
  EXPECT_TRUE(rights().allowed({"ann", 1}, Right::attest));
  EXPECT_FALSE(rights().allowed({"ann", 1}, Right::override_check));
  EXPECT_TRUE(rights().allowed({"bob", 2}, Right::override_check));
  EXPECT_TRUE(rights().allowed({"carol", 3}, Right::rollback));
  EXPECT_FALSE(rights().allowed({"dave", 4}, Right::deploy));
}

TEST(Rights, MayBeGivenToANumber) {
  EXPECT_TRUE(rights().allowed({"mallory", 4711}, Right::rollback));
  EXPECT_TRUE(rights().allowed({"uid 4711", 4711}, Right::rollback));
  EXPECT_FALSE(rights().allowed({"uid 4712", 4712}, Right::rollback));
  EXPECT_FALSE(rights().allowed({"unknown", std::nullopt}, Right::rollback));
}

TEST(Rights, SayWhatIsLackingWhichRolesGiveItAndWhoHasThem) {
  const Status no = rights().allowed({"ann", 1}, Right::rollback);
  ASSERT_FALSE(no);
  EXPECT_EQ(no.error().kind, ErrorKind::refused);
  EXPECT_EQ(
      no.error().message,
      "ann lacks the right \"rollback\": operator and watchman give it, and 4711, bob and carol have such "
      "a role: ask there; rights are given in users.yaml");
}

TEST(Rights, SayThatNoRoleGivesIt) {
  const Status no =
      rights("roles: {developer: [deploy]}\nusers: {ann: developer}\n").allowed({"ann", 1}, Right::freeze);
  ASSERT_FALSE(no);
  EXPECT_THAT(no.error().message, HasSubstr("no role in users.yaml gives it"));
}

TEST(UsersFile, TellsEveryErrorAtOnceWithItsPlaceAndWhatWasMeant) {
  const std::string text = errors_of(
      "roles:\n"
      "  developer: [deplyo]\n"
      "  operator: {all: true}\n"
      "usres: {}\n"
      "users:\n"
      "  ann: [developr]\n");
  EXPECT_THAT(text, HasSubstr("users.yaml:2:15: "));
  EXPECT_THAT(text, HasSubstr("\"deploy\""));
  EXPECT_THAT(text, HasSubstr("users.yaml:3:"));
  EXPECT_THAT(text, HasSubstr("users.yaml:4:1: unknown key \"usres\""));
  EXPECT_THAT(text, HasSubstr("users.yaml:6:9: there is no role \"developr\"; did you mean \"developer\"?"));
  EXPECT_THAT(text, HasSubstr("4 errors"));
}

TEST(UsersFile, MustHaveRolesAndUsers) {
  const std::string text = errors_of("{}\n");
  EXPECT_THAT(text, HasSubstr("roles is missing"));
  EXPECT_THAT(text, HasSubstr("users is missing"));
  EXPECT_THAT(errors_of("roles: {a: all}\nusers: {}\n"), HasSubstr("names nobody"));
}

TEST(UsersFile, MayNotNameSomebodyTwice) {
  EXPECT_THAT(errors_of("roles: {a: all}\nusers:\n  ann: a\n  ann: a\n"), HasSubstr("users.yaml:4:3: "));
}

// The API, asked by alice.
class ForAlice : public testing::Test {
 protected:
  Response deploy() { return world_.deploy("1.0.0", digest_one); }
  Json row() { return parse_json(world_.ask("GET", "/api/v1/audit?limit=1").body)->at("rows").at(0); }
  void give(const std::string& roles) {
    world_.rights = rights("roles: {developer: [deploy], watchman: [rollback]}\nusers:\n  " + roles + "\n");
  }
  ApiWorld world_;
};

TEST_F(ForAlice, WhoMayNotDeployIsRefusedAndThatIsInTheTrail) {
  give("bob: developer");
  const Response response = deploy();
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(response.body, HasSubstr("alice lacks the right"));
  EXPECT_THAT(response.body, HasSubstr("\"kind\":\"refused\""));
  EXPECT_TRUE(world_.runner.targets().empty());
  const Json last = row();
  EXPECT_EQ(last["by"], "alice");
  EXPECT_EQ(last["command"], "deploy");
  EXPECT_EQ(last["target"], "shop/production");
  EXPECT_EQ(last["accepted"], false);
  EXPECT_EQ(last["event"], Json());
  EXPECT_THAT(last["message"].get<std::string>(), HasSubstr("lacks the right"));
}

TEST_F(ForAlice, WhoMayDeployMayAlsoGoBackAndWhoMayGoBackMayStop) {
  give("alice: developer");
  EXPECT_EQ(deploy().status, 202);
  EXPECT_EQ(world_.ask("POST", "/api/v1/targets/shop/production/abort").status, 202);
  world_.settle();
  EXPECT_EQ(deploy().status, 202);
  give("alice: watchman");
  EXPECT_EQ(deploy().status, 403);
  EXPECT_EQ(world_.ask("POST", "/api/v1/targets/shop/production/promote").status, 403);
  EXPECT_EQ(world_.ask("POST", "/api/v1/targets/shop/production/pause").status, 202);
  EXPECT_EQ(world_.ask("POST", "/api/v1/targets/shop/production/resume").status, 403);
  EXPECT_EQ(world_.ask("POST", "/api/v1/targets/shop/production/abort").status, 202);
}

TEST_F(ForAlice, WhoMayDoNothingMayLook) {
  give("bob: developer");
  for (const std::string path : {"version", "targets", "audit"})
    EXPECT_EQ(world_.ask("GET", "/api/v1/" + path).status, 200) << path;
}

TEST_F(ForAlice, NobodyCanSayThatTheyAreSomebodyElse) {
  give("bob: developer");
  EXPECT_EQ(world_.ask("POST", "/api/v1/targets/shop/production/abort", R"({"by": "bob"})").status, 403);
  world_.rights = {};
  const Response response = world_.ask("POST", "/api/v1/targets/shop/production/abort", R"({"by": "bob"})");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("isn't known here"));
}

TEST_F(ForAlice, WhatIsDoneIsInTheTrailWithWhereItCameFrom) {
  EXPECT_EQ(deploy().status, 202);
  const Json last = row();
  EXPECT_EQ(last["by"], "alice");
  EXPECT_EQ(last["origin"], "unix socket, uid 1000, pid 12");
  EXPECT_EQ(last["command"], "deploy");
  EXPECT_EQ(last["subject"], "1.0.0, revision 1, artifact " + digest_one);
  EXPECT_EQ(last["accepted"], true);
  EXPECT_EQ(last["deployment"], 1);
  EXPECT_EQ(last["hash"], world_.journal->audit_head().hash);
}

TEST_F(ForAlice, WhatTheCoreRefusesIsInTheTrailToo) {
  deploy();
  world_.settle();
  EXPECT_EQ(world_.ask("POST", "/api/v1/targets/shop/production/promote").status, 409);
  const Json last = row();
  EXPECT_EQ(last["command"], "promote");
  EXPECT_EQ(last["accepted"], false);
  EXPECT_THAT(last["message"].get<std::string>(), Not(testing::IsEmpty()));
}

TEST_F(ForAlice, TheTrailIsShownOfAnEnvironment) {
  deploy();
  EXPECT_THAT(world_.ask("GET", "/api/v1/audit?environment=staging").body, HasSubstr("\"rows\":[]"));
  EXPECT_THAT(world_.ask("GET", "/api/v1/audit?environment=production").body, HasSubstr("\"by\":\"alice\""));
  EXPECT_EQ(world_.ask("GET", "/api/v1/audit?limit=0").status, 400);
}

}  // namespace
}  // namespace slipway::server
