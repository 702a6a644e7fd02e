#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api_world.h"

// What a plan says of the gates, as they would be for who asks so. It is Friday, 2027-01-15, 08:00 UTC.
namespace slipway::server {
namespace {

using testing::HasSubstr;

constexpr std::string_view gated_config = R"(service: shop
run:
  command: [./shop]
  instances: 1
environments:
  production:
    purpose: users
    listen: 127.0.0.1:18080
    windows: [{days: Tue, from: "14:00", to: "16:00"}]
checklist:
  code:
    - {name: Audit, run: ["true"]}
    - {name: Docs, attest: true}
)";

class PlannedGates : public testing::Test {
 protected:
  // The state and the text of a gate, where the plan is asked for with `more`.
  std::string gate(const std::string& name, const Json& more = Json::object()) {
    Json body{{"version", "1.0.0"}, {"config", gated_config}, {"digest", digest_one}};
    body.merge_patch(more);
    const Response response = world.ask("POST", "/api/v1/targets/shop/production/plan", body.dump());
    EXPECT_EQ(response.status, 200) << response.body;
    const Json plan = Json::parse(response.body);
    answer = plan["answer"];
    for (const Json& each : plan["gates"])
      if (each["name"] == name)
        return each["state"].get<std::string>() + " " + each["text"].get<std::string>();
    return "";
  }

  ApiWorld world;
  Json answer;
};

TEST_F(PlannedGates, AClosedWindowRefusesAndNamesTheNextSlot) {
  EXPECT_EQ(gate("window"),
            "refuses closed: it deploys Tue 14:00–16:00 UTC; next slot Tue 19 Jan 14:00 UTC (in 4 d 6 h)");
  EXPECT_FALSE(answer["accepted"]);
}

TEST_F(PlannedGates, AClosedWindowIsWaitedForWhereThatIsAskedFor) {
  EXPECT_EQ(gate("window", {{"at", "next-window"}}),
            "waits closed: it deploys Tue 14:00–16:00 UTC; begins Tue 19 Jan 14:00 UTC (in 4 d 6 h)");
  EXPECT_TRUE(answer["accepted"]) << answer;
}

TEST_F(PlannedGates, ATimeThatIsAskedForIsSeenAsItIsThen) {
  EXPECT_EQ(gate("window", {{"at", "2027-01-19T14:30Z"}}),
            "waits begins Tue 19 Jan 14:30 UTC (in 4 d 6 h), as it is asked for; open until Tue 19 Jan 16:00 "
            "UTC then");
  EXPECT_TRUE(answer["accepted"]) << answer;
  EXPECT_EQ(gate("window", {{"at", "2027-01-19T17:00Z"}}),
            "waits Tue 19 Jan 17:00 UTC: closed then: it deploys Tue 14:00–16:00 UTC; begins Tue 26 Jan "
            "14:00 UTC (in 11 d 6 h)");
  EXPECT_TRUE(answer["accepted"]) << answer;
}

TEST_F(PlannedGates, ATimeAtWhichItIsFrozenIsSaid) {
  const Json first{
      {"version", "1.0.0"}, {"config", gated_config}, {"digest", digest_one}, {"at", "next-window"}};
  EXPECT_EQ(world.ask("POST", "/api/v1/targets/shop/production/deployments", first.dump()).status, 202);
  EXPECT_EQ(world.ask("POST", "/api/v1/targets/shop/production/abort", "{}").status, 202);
  EXPECT_EQ(world
                .ask("POST", "/api/v1/targets/shop/production/freeze",
                     R"({"from":"2027-01-19T00:00Z","to":"2027-01-20T00:00Z","reason":"audit"})")
                .status,
            200);
  EXPECT_THAT(gate("window", {{"at", "2027-01-19T14:30Z"}}),
              HasSubstr("closed then: frozen by alice: audit"));
}

TEST_F(PlannedGates, AChecklistTellsWhatIsSetAsideApart) {
  EXPECT_EQ(gate("checklist", {{"at", "next-window"}}),
            "waits 0 of 2 checks are met; to be looked at: Audit, Docs");
  EXPECT_EQ(gate("checklist", {{"at", "next-window"}, {"override", {"Audit"}}, {"reason", "SEC-12"}}),
            "waits 0 of 2 checks are met; set aside: Audit; to be looked at: Docs");
  EXPECT_TRUE(answer["accepted"]) << answer;
  EXPECT_EQ(gate("checklist", {{"override", {"Audit", "Docs"}}, {"reason", "SEC-12"}}),
            "met 0 of 2 checks are met; set aside: Audit, Docs");
}

TEST_F(PlannedGates, ACheckThatThereIsNotCannotBeSetAside) {
  gate("checklist", {{"override", {"Tests"}}, {"reason", "SEC-12"}});
  EXPECT_FALSE(answer["accepted"]);
  EXPECT_THAT(answer["message"], HasSubstr("the checklist has no check \"Tests\""));
}

TEST_F(PlannedGates, WhoMayNotSetChecksAsideIsToldSo) {
  world.rights = *Rights::read("roles: {developer: [deploy]}\nusers: {alice: developer}\n", "users.yaml");
  gate("checklist", {{"override", {"Audit"}}, {"reason", "SEC-12"}, {"at", "next-window"}});
  EXPECT_FALSE(answer["accepted"]) << "deploy would refuse it";
  EXPECT_THAT(answer["message"], HasSubstr("alice"));
  gate("checklist", {{"at", "next-window"}});
  EXPECT_TRUE(answer["accepted"]) << answer;
}

}  // namespace
}  // namespace slipway::server
