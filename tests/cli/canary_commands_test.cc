#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "fake_daemon.h"
#include "place.h"

namespace slipway {
namespace {

using test::Asked;
using test::FakeDaemon;
using test::Place;
using test::Said;
using ::testing::HasSubstr;

const std::string production = "/api/v1/targets/shop/production";

Said refused(const std::string& why) {
  return {409, Json{{"detail", why}, {"kind", "refused"}}.dump()};
}

Json canary_record(const std::string& outcome, Json promoted) {
  return {{"number", 7},
          {"kind", "deploy"},
          {"release", {{"revision", 2}, {"version", "1.1.0"}}},
          {"replaced", {{"revision", 1}, {"version", "1.0.0"}}},
          {"promoted", std::move(promoted)},
          {"ended", outcome == "under_way" ? Json() : Json(3000)},
          {"outcome", outcome},
          {"cause", outcome == "under_way" ? "" : "ErrorRate 20 %"},
          {"notes", Json::array()}};
}

TEST(Promote, WaitsUntilEveryUserHasTheRelease) {
  const Place place;
  FakeDaemon daemon(place.data(), [](const Asked& asked) {
    return asked.method == "POST" ? Said{202, R"({"deployment":7,"message":"1.1.0 to everyone"})"}
                                  : Said{200, canary_record("under_way", 2000).dump()};
  });
  const test::Typed typed = place.type({"promote", "shop/production", "--reason", "it is fine"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_EQ(typed.out,
            "14:00:00  1.1.0 to everyone\n"
            "1.1.0 is promoted: every user has it; 1.0.0 stays warm until the bake ends\n");
  EXPECT_EQ(daemon.asked().front().path, production + "/promote");
  EXPECT_EQ(*parse_json(daemon.asked().front().body), (Json{{"reason", "it is fine"}}));
}

TEST(Promote, OfWhatIsRolledBackAllTheSameEndsWithCodeFour) {
  const Place place;
  FakeDaemon daemon(place.data(), [](const Asked& asked) {
    return asked.method == "POST" ? Said{202, R"({"deployment":7,"message":"m"})"}
                                  : Said{200, canary_record("rolled_back", nullptr).dump()};
  });
  const test::Typed typed = place.type({"promote", "shop/production"});
  EXPECT_EQ(typed.code, 4);
  EXPECT_THAT(typed.err, HasSubstr("rolled back: ErrorRate 20 %"));
}

TEST(Promote, IsDetachedWithTheDeploymentsNumber) {
  const Place place;
  FakeDaemon daemon(place.data(),
                    [](const Asked&) { return Said{202, R"({"deployment":7,"message":"m"})"}; });
  EXPECT_EQ(place.type({"promote", "shop/production", "--detach"}).out, "7\n");
  EXPECT_EQ(daemon.asked().size(), 1U);
}

TEST(PauseAndResume, AnswerAtOnceWithTheDaemonsWords) {
  for (const std::string call : {"pause", "resume"}) {
    const Place place;
    FakeDaemon daemon(place.data(), [](const Asked&) {
      return Said{202, R"({"deployment":7,"message":"deployment 7 stays at 25 %"})"};
    });
    EXPECT_EQ(place.type({call, "shop/production", "--reason", "lunch"}).out, "deployment 7 stays at 25 %\n");
    EXPECT_EQ(daemon.asked().at(0).path, production + "/" + call);
    EXPECT_EQ(*parse_json(daemon.asked().at(0).body), (Json{{"reason", "lunch"}}));
    const test::Typed json = place.type({call, "shop/production", "--json"});
    EXPECT_EQ(parse_json(json.out)->at("deployment"), 7);
    EXPECT_EQ(daemon.asked().size(), 2U);
  }
}

TEST(PauseAndResume, AreRefusedWithCodeThree) {
  for (const std::string call : {"pause", "resume", "promote"}) {
    const Place place;
    FakeDaemon daemon(place.data(), [](const Asked&) { return refused("there is no canary under way"); });
    const test::Typed typed = place.type({call, "shop/production"});
    EXPECT_EQ(typed.code, 3);
    EXPECT_EQ(typed.err, "refused: there is no canary under way\n");
  }
}

Json planned(bool accepted, const std::string& message) {
  return {{"target", {{"service", "shop"}, {"environment", "production"}}},
          {"release", {{"version", "2"}, {"digest", nullptr}}},
          {"stable", nullptr},
          {"answer", {{"accepted", accepted}, {"message", message}}},
          {"stages", Json::array()},
          {"changes", Json::array()}};
}

TEST(Plan, AsksWithTheConfigurationAndUploadsNothing) {
  const Place place;
  place.type({"init", "shop"});
  place.write("app/a", "a");
  FakeDaemon daemon(place.data(), [](const Asked&) { return Said{200, planned(true, "").dump()}; });
  const test::Typed typed = place.type({"plan", "production", "--version", "2", "--artifact", "app"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_THAT(typed.out,
              HasSubstr("shop › production   2   the first release here   artifact not uploaded yet"));
  ASSERT_EQ(daemon.asked().size(), 1U);
  EXPECT_EQ(daemon.asked()[0].path, production + "/plan");
  EXPECT_EQ(*parse_json(daemon.asked()[0].body),
            (Json{{"version", "2"}, {"config", place.read("slipway.yaml")}}));
}

TEST(Plan, OfWhatWouldBeRefusedIsShownAllTheSameWithCodeThree) {
  const Place place;
  place.type({"init", "shop"});
  FakeDaemon daemon(place.data(), [](const Asked&) {
    return Said{200, planned(false, "it bakes; use --end-bake").dump()};
  });
  const test::Typed typed = place.type({"plan", "production", "--version", "2"});
  EXPECT_EQ(typed.code, 3);
  EXPECT_EQ(typed.err, "refused: it bakes; use --end-bake\n");
  EXPECT_THAT(typed.out, HasSubstr("shop › production   2"));
  const test::Typed json = place.type({"plan", "production", "--version", "2", "--json"});
  EXPECT_EQ(json.code, 3);
  EXPECT_EQ(parse_json(json.out)->at("answer").at("accepted"), false);
  EXPECT_THAT(json.err, HasSubstr("\"detail\": \"it bakes; use --end-bake\""));
}

TEST(Plan, OfAVersionThatHasNoArtifactYetIsRefusedAsDeployIs) {
  const Place place;
  place.type({"init", "shop"});
  FakeDaemon daemon(place.data(), [](const Asked&) { return Said{200, planned(true, "").dump()}; });
  const test::Typed typed = place.type({"plan", "production", "--version", "2"});
  EXPECT_EQ(typed.code, 3);
  EXPECT_EQ(typed.err, "refused: no artifact of version 2 is known here: name it with --artifact PATH\n");
}

TEST(Plan, OfAnArtifactThatIsNotThereIsAUsageError) {
  const Place place;
  place.type({"init", "shop"});
  const test::Typed typed = place.type({"plan", "production", "--version", "2", "--artifact", "none"});
  EXPECT_EQ(typed.code, 2);
  EXPECT_THAT(typed.err, HasSubstr("--artifact takes a directory or an archive"));
}

}  // namespace
}  // namespace slipway
