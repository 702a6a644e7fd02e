#include "cli/render.h"

#include <gtest/gtest.h>

#include "cli/sse.h"
#include "plain.h"

namespace slipway {
namespace {

using test::plain;

const Time now(Duration(1'763'906'400'000));  // 2025-11-23T14:00:00Z

std::int64_t ago(std::int64_t seconds) {
  return (now - Duration(seconds * 1000)).time_since_epoch().count();
}

Json instance(const std::string& name, const std::string& health, const std::string& detail = "") {
  return {{"name", name},
          {"port", 34107},
          {"health", health},
          {"detail", detail},
          {"restarts", detail.empty() ? 0 : 2},
          {"since", ago(90)},
          {"pid", 8123},
          {"memory", 212'000'000}};
}

Json fleet(int revision, const std::string& version, Json instances) {
  return {{"deployment", revision},
          {"revision", revision},
          {"version", version},
          {"digest", "3f9c"},
          {"instances", std::move(instances)}};
}

Json under_way() {
  return *parse_json(R"({"target":{"service":"shop","environment":"production"},"listen":"127.0.0.1:8080",
    "url":"https://shop.example","previous":null,"queued":null,"last":null,
    "weight":{"set":25,"actual":24.9,"lease_ms":11400},"proxy":{"state":"up","problem":""},
    "deployment":{"number":7,"kind":"deploy","release":{"revision":2,"version":"1.1.0","digest":"abc"},
      "replaced":{"revision":1,"version":"1.0.0","digest":"def"},"by":"alice","reason":"fixes","promoted":null,
      "stage":{"kind":"hold","text":"hold for 10 min"},"stages":[{"text":"25 % of users"},{"text":"hold for 10 min"},
      {"text":"promote: the new release is stable"}],"cursor":1,"undoing":false,"stuck":null,
      "step":{"number":2,"of":4},"paused":null,"verdict":{"kind":"healthy","reason":"no trigger is near"},
      "waits_for":"the hold at 25 % of users to end; 5 min left"}})");
}

TEST(Status, OfADeploymentUnderWayBeginsWithTheSentence) {
  Json target = under_way();
  target["deployment"]["started"] = ago(400);
  target["deployment"]["stage"]["entered"] = ago(300);
  target["deployment"]["stage"]["until"] = ago(-300);
  target["stable"] = fleet(1, "1.0.0", Json::array({instance("1-1", "healthy"), instance("1-2", "healthy")}));
  target["canary"] = fleet(2, "1.1.0", Json::array({instance("2-1", "unhealthy", "status 503")}));
  EXPECT_EQ(
      cli::render_target(cli::View(target), now, plain),
      R"(shop › production   CANARY 1.1.0 at 25 %   step 2 of 4   1.0.0 stable                   14:00:00 UTC

  Holding 25 %   ███████████████░░░░░░░░░░░░░░░   5:00 of 10:00
  next           promote: the new release is stable at 14:05:00
  verdict        healthy so far: no trigger is near
  started        6 min 40 s ago by alice: fixes
  users          set 25 %   actual 24.9 %   lease 11 s
  listens at     127.0.0.1:8080   https://shop.example

  instances
  ├─ 1.0.0 stable   revision 1   2 of 2 healthy
  │  ├─ 1-1  pid 8123  :34107  healthy  212 MB  for 1 min 30 s
  │  └─ 1-2  pid 8123  :34107  healthy  212 MB  for 1 min 30 s
  └─ 1.1.0 canary   revision 2   0 of 1 healthy
     └─ 2-1  pid 8123  :34107  unhealthy  212 MB  for 1 min 30 s  restarted 2 ×; status 503
)");
}

TEST(Status, SaysLoudlyWhatIsStuckAndThatTheProxyIsDown) {
  Json target = under_way();
  target["deployment"]["undoing"] = true;
  target["deployment"]["stuck"] = {{"since", ago(60)}, {"reason", "the proxy does not answer"}};
  target["proxy"] = {{"state", "down"}, {"problem", "killed by signal 9"}};
  const std::string text = cli::render_target(cli::View(target), now, plain);
  EXPECT_NE(text.find("STUCK while undoing 1.1.0"), std::string::npos) << text;
  EXPECT_NE(text.find("the proxy does not answer"), std::string::npos);
  EXPECT_NE(text.find("for 1 min; weights are frozen"), std::string::npos);
  EXPECT_NE(text.find("DOWN: killed by signal 9"), std::string::npos);
}

TEST(Status, OfAnAnswerWithoutAnythingInItIsShownAsFarAsItCanBe) {
  EXPECT_EQ(cli::render_targets(cli::View(Json::array()), now, plain),
            "nothing deployed yet: slipway deploy ENV --version V --artifact PATH\n");
  for (const Json& odd :
       {Json(), Json(1), Json::object(), Json{{"deployment", {{"stages", 3}}}, {"stable", "x"}}})
    EXPECT_FALSE(cli::render_target(cli::View(odd), now, plain).empty());
}

TEST(History, IsATableWithAbsoluteTimes) {
  const Json records{{{"number", 12},
                      {"kind", "deploy"},
                      {"release", {{"version", "1.2.0"}}},
                      {"by", "bob"},
                      {"started", ago(60)},
                      {"ended", ago(30)},
                      {"outcome", "rolled_back"},
                      {"cause", "smoke test failed"}},
                     {{"number", 9},
                      {"kind", "rollback"},
                      {"release", {{"version", "1.1.0"}}},
                      {"by", "alice"},
                      {"started", ago(3600)},
                      {"ended", nullptr},
                      {"outcome", "under_way"},
                      {"cause", ""}}};
  EXPECT_EQ(cli::render_history(cli::View(records), now, plain),
            "number  version  kind      by     started (UTC)        took  outcome      cause\n"
            "12      1.2.0    deploy    bob    2025-11-23 13:59:00  30 s  rolled back  smoke test failed\n"
            "9       1.1.0    rollback  alice  2025-11-23 13:00:00  1 h   under way\n");
}

TEST(History, NeverLetsOthersWordsDriveTheTerminal) {
  const Json note{{"time", ago(0)}, {"text", "a \x1b[2J b"}};
  EXPECT_EQ(cli::render_note(cli::View(note)), "14:00:00  a ?[2J b\n");
}

TEST(Colours, AreThereOnlyWhereTheyAreWanted) {
  EXPECT_EQ(plain.red("x"), "x");
  EXPECT_EQ(cli::Paint(cli::Paint::Mode::colours).red("x"), "\x1b[1;31mx\x1b[0m");
  EXPECT_EQ(cli::width("\x1b[1;31mä›\x1b[0m"), 2U);
}

TEST(EventReader, PutsEventsTogetherWhereverTheStreamIsCut) {
  const std::string stream =
      ":\n\nid: 4\nevent: note\r\ndata: {\"a\":\ndata:1}\n\n\nevent: record\ndata: x\n\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    std::vector<std::string> seen;
    cli::EventReader reader([&](const cli::ServerEvent& event) {
      seen.push_back(event.id + "|" + event.event + "|" + event.data);
    });
    reader.feed(stream.substr(0, cut));
    reader.feed(stream.substr(cut));
    EXPECT_EQ(seen, (std::vector<std::string>{"4|note|{\"a\":\n1}", "|record|x"}));
  }
}

}  // namespace
}  // namespace slipway
