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
using ::testing::Not;

const std::string deployments = "/api/v1/targets/shop/production/deployments";

Json release(const std::string& version) {
  return {{"revision", 2}, {"version", version}, {"digest", "abc"}};
}

Json record(const std::string& outcome, Json promoted, const std::string& cause = "") {
  return {{"number", 7},
          {"kind", "deploy"},
          {"release", release("1.1.0")},
          {"replaced", release("1.0.0")},
          {"by", "ann"},
          {"reason", ""},
          {"started", 1000},
          {"promoted", promoted},
          {"ended", outcome == "under_way" ? Json() : Json(3000)},
          {"outcome", outcome},
          {"cause", cause},
          {"notes", Json::array()}};
}

Json note(int id, int deployment, const std::string& text) {
  return {{"id", id}, {"deployment", deployment}, {"time", 1'763'906'403'000}, {"text", text}};
}

std::string event(int id, const std::string& kind, const Json& data) {
  return "id: " + std::to_string(id) + "\nevent: " + kind + "\ndata: " + data.dump() + "\n\n";
}

std::string refusal(const std::string& kind, const std::string& detail) {
  return Json{{"type", "about:blank"}, {"title", kind}, {"status", 409}, {"detail", detail}, {"kind", kind}}
      .dump();
}

// Accepts a deployment; its timeline goes on with each time that somebody listens.
struct Story {
  std::vector<std::pair<std::string, Json>> parts;  // what the stream says, and the record from then on
  std::size_t heard = 0;
  std::mutex mutex;

  Said answer(const Asked& asked) {
    const std::lock_guard lock(mutex);
    if (asked.method == "PUT") return {201, R"({"digest":"d1","bytes":1})"};
    if (asked.method == "POST")
      return {202, R"({"deployment":7,"message":"1.1.0 to shop/production: deployment 7"})"};
    if (asked.path.starts_with("/api/v1/events"))
      return {200, parts[std::min(heard++, parts.size() - 1)].first};
    const Json now =
        heard == 0 ? record("under_way", nullptr) : parts[std::min(heard, parts.size()) - 1].second;
    return {200, now.dump()};
  }
};

test::Typed deploy(Place& place, Story& story, std::vector<std::string> more = {}) {
  place.type({"init", "shop"});
  FakeDaemon daemon(place.data(), [&](const Asked& asked) { return story.answer(asked); });
  std::vector<std::string> words{"deploy", "production", "--version", "1.1.0"};
  words.insert(words.end(), more.begin(), more.end());
  return place.type(words);
}

TEST(Deploy, ShowsTheTimelineAndEndsWithThePromotion) {
  Place place;
  Story story;
  story.parts.emplace_back(event(1, "note", note(1, 7, "two instances started")) +
                               event(2, "note", note(2, 6, "not ours")) +
                               event(3, "record", {{"record", record("under_way", 2000)}}),
                           record("under_way", nullptr));
  const test::Typed typed = deploy(place, story);
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_EQ(typed.out,
            "14:00:00  1.1.0 to shop/production: deployment 7\n"
            "14:00:03  two instances started\n"
            "1.1.0 is promoted: every user has it; 1.0.0 stays warm until the bake ends\n");
}

TEST(Deploy, GoesOnWhereItWasWhenTheStreamBreaks) {
  Place place;
  Story story;
  story.parts.emplace_back(event(1, "note", note(1, 7, "first")), record("under_way", nullptr));
  story.parts.emplace_back(event(1, "note", note(1, 7, "first")) + event(2, "note", note(2, 7, "second")) +
                               event(3, "record", {{"record", record("promoted", 2000)}}),
                           record("under_way", nullptr));
  const test::Typed typed = deploy(place, story);
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_THAT(typed.out, HasSubstr("14:00:03  first\n14:00:03  second\n1.1.0 is promoted"));
}

TEST(Deploy, ThatIsRolledBackEndsWithCodeFourAndTheCause) {
  for (const std::string outcome : {"rolled_back", "aborted", "superseded", "failed"}) {
    Place place;
    Story story;
    story.parts.emplace_back(
        event(1, "record", {{"record", record(outcome, nullptr, "smoke test /health: status 503")}}),
        record("under_way", nullptr));
    const test::Typed typed = deploy(place, story);
    EXPECT_EQ(typed.code, 4);
    EXPECT_THAT(typed.err, HasSubstr(": smoke test /health: status 503"));
  }
}

TEST(Deploy, WaitsForADaemonThatWentAwayAndGivesUpInTheEnd) {
  Place place;
  place.patience = Duration(300);
  place.type({"init", "shop"});
  const auto answer = [&](const Asked& asked) -> Said {
    if (asked.method == "POST") return {202, R"({"deployment":7,"message":"begun"})"};
    std::filesystem::remove(place.data() / "slipway.sock");
    return {0, ""};
  };
  FakeDaemon daemon(place.data(), answer);
  const test::Typed typed = place.type({"deploy", "production", "--version", "1.1.0"});
  EXPECT_EQ(typed.code, 5);
  EXPECT_THAT(typed.err, HasSubstr("the daemon is away; waiting for it"));
  EXPECT_THAT(typed.err, HasSubstr("deployment 7 goes on when it is back"));
}

TEST(Deploy, SendsWhatWasTypedWithADirectoryAsATarThatIsAlwaysTheSame) {
  Place place;
  place.type({"init", "shop"});
  place.write("app/bin/b", std::string(200'000, 'b'));
  place.write("app/a", "a");
  FakeDaemon daemon(place.data(), [](const Asked& asked) {
    return asked.method == "PUT" ? Said{201, R"({"digest":"d1","bytes":1})"}
                                 : Said{202, R"({"deployment":9,"message":"m"})"};
  });
  const std::vector<std::string> words{"deploy", "production", "--version", "1.1.0",   "--artifact",
                                       "app",    "--end-bake", "--reason",  "because", "--detach"};
  EXPECT_EQ(place.type(words).out, "9\n");
  std::filesystem::last_write_time(place.root() / "app/a",
                                   std::filesystem::file_time_type::min() + std::chrono::hours(1));
  EXPECT_EQ(place.type(words).out, "9\n");
  const auto asked = daemon.asked();
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_EQ(asked[0].path, "/api/v1/artifacts");
  EXPECT_GT(asked[0].body.size(), 200'000U);
  EXPECT_EQ(asked[0].body, asked[2].body);
  EXPECT_EQ(asked[1].path, deployments);
  const Json body = *parse_json(asked[1].body);
  EXPECT_EQ(body["version"], "1.1.0");
  EXPECT_EQ(body["digest"], "d1");
  EXPECT_EQ(body["reason"], "because");
  EXPECT_EQ(body["end_bake"], true);
  EXPECT_EQ(body["config"], place.read("slipway.yaml"));
}

TEST(Deploy, IsRefusedByTheDaemonWithItsWords) {
  struct Case {
    int status;
    std::string kind;
    int code;
  };
  for (const Case& each :
       {Case{409, "refused", 3}, Case{409, "conflict", 3}, Case{503, "unavailable", 3},
        Case{400, "invalid_input", 2}, Case{404, "not_found", 2}, Case{500, "internal", 1}}) {
    Place place;
    place.type({"init", "shop"});
    FakeDaemon daemon(place.data(), [&](const Asked&) {
      return Said{each.status, refusal(each.kind, "it bakes; use --end-bake")};
    });
    const test::Typed typed = place.type({"deploy", "production", "--version", "2"});
    EXPECT_EQ(typed.code, each.code) << each.kind;
    EXPECT_THAT(typed.err, HasSubstr("it bakes; use --end-bake"));
  }
}

TEST(Deploy, OfAConfigurationThatIsAnotherServicesIsRefusedBeforeTheDaemonIsAsked) {
  const Place place;
  place.type({"init", "shop"});
  const test::Typed typed = place.type({"deploy", "bank/production", "--version", "1"});
  EXPECT_EQ(typed.code, 2);
  EXPECT_THAT(typed.err, HasSubstr("slipway.yaml is the configuration of shop, not of bank"));
}

TEST(Rollback, ThatReturnsUsersIsDoneAndShowsOnlyWhatIsNew) {
  const Place place;
  Json back = record("rolled_back", 1000, "asked for by ann");
  back["notes"] = {{{"id", 1}, {"deployment", 7}, {"time", 1000}, {"text", "long ago"}},
                   note(2, 7, "users are back")};
  FakeDaemon daemon(place.data(), [&](const Asked& asked) {
    return asked.method == "POST" ? Said{202, R"({"deployment":7,"message":"back to 1.0.0"})"}
                                  : Said{200, back.dump()};
  });
  const test::Typed typed = place.type({"rollback", "shop/production", "3", "--force"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_THAT(typed.out, HasSubstr("users are back\n1.1.0 is rolled back: users are back on 1.0.0\n"));
  EXPECT_THAT(typed.out, Not(HasSubstr("long ago")));
  EXPECT_EQ(*parse_json(daemon.asked().front().body), (Json{{"revision", 3}, {"force", true}}));
}

TEST(Environment, WithoutAServiceIsLookedForAmongTheDaemonsTargets) {
  const Place place;
  const auto target = [](const std::string& service, const std::string& environment) {
    return Json{{"target", {{"service", service}, {"environment", environment}}}};
  };
  const Json all{
      {"targets", {target("shop", "production"), target("bank", "staging"), target("shop", "staging")}}};
  FakeDaemon daemon(place.data(), [&](const Asked& asked) {
    return asked.path == "/api/v1/targets" ? Said{200, all.dump()} : Said{200, R"({"releases":[]})"};
  });
  EXPECT_EQ(place.type({"releases", "production"}).out, "there is no release here yet\n");
  EXPECT_EQ(daemon.asked().back().path, "/api/v1/targets/shop/production/releases");
  const test::Typed two = place.type({"releases", "staging"});
  EXPECT_EQ(two.code, 2);
  EXPECT_THAT(two.err, HasSubstr("bank/staging, shop/staging"));
  const test::Typed none = place.type({"releases", "dr"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("there are: shop/production, bank/staging, shop/staging"));
}

TEST(Logs, ArePrintedAsTheyCome) {
  const Place place;
  FakeDaemon daemon(place.data(), [](const Asked&) { return Said{200, "7-1 hello\n7-2 \xff\n"}; });
  EXPECT_EQ(place.type({"logs", "shop/production", "--lines", "5", "--instance", "7-1"}).out,
            "7-1 hello\n7-2 \xff\n");
  EXPECT_EQ(daemon.asked().back().path,
            "/api/v1/targets/shop/production/logs?lines=5&follow=false&instance=7-1");
}

TEST(Socket, WithAPathTooLongForTheKernelIsReachedAllTheSame) {
  const Place place;
  const std::filesystem::path deep = place.root() / std::string(120, 'd');
  std::filesystem::create_directory(deep);
  FakeDaemon daemon(deep, [](const Asked&) { return Said{200, R"({"targets":[]})"}; });
  EXPECT_EQ(place.type({"status", "--data", deep.string(), "--json"}).out, "{\n  \"targets\": []\n}\n");
}

}  // namespace
}  // namespace slipway
