#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cli/glyphs.h"
#include "cli/render.h"
#include "fixtures.h"
#include "plain.h"

namespace slipway {
namespace {

using cli::Glyphs;
using cli::View;
using test::noon;
using test::plain;
using ::testing::HasSubstr;

Json plan_answer() {
  return *parse_json(R"({"target":{"service":"shop","environment":"production"},
    "release":{"version":"1.5.0","digest":"3f9c0000000000000","revision":null},
    "stable":{"version":"1.4.2","revision":41,"digest":"aa"},
    "answer":{"accepted":true,"message":""},
    "stages":[{"kind":"start","text":"start the new release's instances","weight":0,"from_ms":0,"duration_ms":null},
      {"kind":"healthy","text":"wait until they are healthy","weight":0,"from_ms":0,"duration_ms":null},
      {"kind":"shift","text":"5 % of users","weight":5,"from_ms":0,"duration_ms":null},
      {"kind":"hold","text":"hold for 5 min","weight":5,"from_ms":0,"duration_ms":300000},
      {"kind":"shift","text":"100 % of users","weight":100,"from_ms":300000,"duration_ms":null},
      {"kind":"promote","text":"promote: the new release is stable","weight":0,"from_ms":300000,"duration_ms":null},
      {"kind":"bake","text":"bake for 15 min, the old release warm","weight":0,"from_ms":300000,"duration_ms":900000},
      {"kind":"retire","text":"stop the old release","weight":0,"from_ms":1200000,"duration_ms":null}],
    "expected_ms":1200000,
    "changes":[{"what":"environment PAYMENTS_URL","from":"http://a","to":"http://b"},
      {"what":"instances","from":null,"to":"4"},{"what":"url","from":"http://old","to":null}],
    "capacity":{"instances_now":4,"instances_most":8,"memory_each":212000000,"memory_needed":848000000,
      "memory_available":14000000000,"enough":true},
    "way_back":["until promotion: users back to 1.4.2 by one switch","after that: a deployment of 1.4.2"],
    "rollback_target":{"version":"1.4.2","revision":41,"digest":"aa"}})");
}

TEST(Plan, TellsWhatTheReleaseWasMadeFrom) {
  Json plan = plan_answer();
  const std::string commit = "4f2a9c1d2e4f2a9c1d2e4f2a9c1d2e4f2a9c1d2e";
  plan["source"] = {{"commit", commit}, {"branch", ""}, {"changes", Json::array()}};
  EXPECT_THAT(cli::render_plan(View(plan), noon, plain, cli::Uploaded::yes),
              HasSubstr("\n\n  made from      commit 4f2a9c1d2e\n  changes "));
  plan["source"]["branch"] = "main";
  plan["source"]["changes"] = {"4f2a9c1 Mend the cart", "1b2c3d4 Sell socks"};
  EXPECT_THAT(cli::render_plan(View(plan), noon, plain, cli::Uploaded::yes),
              HasSubstr("\n\n  made from      commit 4f2a9c1d2e on main; since 1.4.2:\n"
                        "                   4f2a9c1 Mend the cart\n"
                        "                   1b2c3d4 Sell socks\n  changes "));
}

TEST(Plan, BeginsAtZeroAndEndsWithTheExpectedEnd) {
  EXPECT_EQ(cli::render_plan(View(plan_answer()), noon, plain, cli::Uploaded::yes),
            R"(shop › production   1.4.2 → 1.5.0   artifact 3f9c00000000

  changes        environment PAYMENTS_URL  http://a → http://b
                 instances                 added: 4
                 url                       removed; it was http://old
  capacity       8 instances at most, 4 now: needs 848 MB more (212 MB each), 14 GB free
  way back       until promotion: users back to 1.4.2 by one switch
                 after that: a deployment of 1.4.2
                 rolls back to 1.4.2, revision 41

   0:00  start the new release's instances
         wait until they are healthy
   0:00  5 % of users   hold for 5 min
   5:00  100 % of users
   5:00  promote: the new release is stable
         bake for 15 min, the old release warm
  20:00  stop the old release
  20:00  done           at 14:20:00 UTC if it began now; starts and tests take their time besides
)");
}

TEST(Plan, TellsOldAndNewOnTwoLinesWhereTheyHaveArrowsOfTheirOwn) {
  Json plan = plan_answer();
  plan["changes"] = {{{"what", "steps"}, {"from", "5 % for 8 s → 100 %"}, {"to", "5 % for 2 s"}},
                     {{"what", "instances"}, {"from", "2"}, {"to", "4"}}};
  EXPECT_THAT(cli::render_plan(View(plan), noon, plain, cli::Uploaded::yes),
              HasSubstr("  changes        steps      from  5 % for 8 s → 100 %\n"
                        "                            to    5 % for 2 s\n"
                        "                 instances  2 → 4\n"));
}

TEST(Plan, TellsWhatTheJudgeWillSeeAndWarns) {
  Json plan = plan_answer();
  plan["judge"] = {{"judged", true},
                   {"text", "at 30 canary requests a minute, errors of 20 % would be caught"}};
  plan["warnings"] = {"first of them", "second"};
  EXPECT_THAT(cli::render_plan(View(plan), noon, plain, cli::Uploaded::yes),
              HasSubstr("                 rolls back to 1.4.2, revision 41\n"
                        "  judge          at 30 canary requests a minute, errors of 20 % would be caught\n"
                        "  warning        first of them\n"
                        "                 second\n"
                        "\n"
                        "   0:00  start"));
}

TEST(Plan, OfAFirstReleaseWhoseArtifactIsNotThereYetSaysSo) {
  Json plan = plan_answer();
  plan["stable"] = plan["rollback_target"] = plan["release"]["digest"] = nullptr;
  plan["changes"] = Json::array();
  plan["capacity"]["enough"] = false;
  plan["capacity"]["memory_each"] = plan["capacity"]["memory_needed"] = nullptr;
  const std::string text = cli::render_plan(View(plan), noon, plain, cli::Uploaded::not_yet);
  EXPECT_THAT(text,
              HasSubstr("shop › production   1.5.0   the first release here   artifact not uploaded yet\n"));
  EXPECT_THAT(
      text, HasSubstr("8 instances at most, 4 now: what one needs isn't known yet, 14 GB free   NOT ENOUGH"));
  EXPECT_THAT(cli::render_plan(View(plan), noon, plain, cli::Uploaded::yes),
              HasSubstr("no artifact known: name it with --artifact PATH"));
}

TEST(Plan, OfWhatIsStableAlreadySaysThatThereIsNothingToDo) {
  Json plan = plan_answer();
  plan["stages"] = plan["changes"] = Json::array();
  plan["answer"]["message"] = "1.5.0 is stable already";
  EXPECT_THAT(cli::render_plan(View(plan), noon, plain, cli::Uploaded::yes),
              HasSubstr("\n  nothing to do: 1.5.0 is stable already\n"));
}

TEST(Plan, OfAnOddAnswerIsShownAsFarAsItCanBe) {
  for (const Json& odd : {Json(), Json(1), Json::object(),
                          Json{{"stages", {1}}, {"changes", {1}}, {"judge", 1}, {"warnings", {1, nullptr}}}})
    EXPECT_FALSE(cli::render_plan(View(odd), noon, plain, cli::Uploaded::yes).empty());
}

TEST(Glyphs, FollowTheLocaleAndKeepTheirWidth) {
  EXPECT_EQ(cli::glyphs_of({{"LANG", "de_DE.UTF-8"}}), Glyphs::utf8);
  EXPECT_EQ(cli::glyphs_of({{"LANG", "C"}, {"LC_ALL", "C.utf8"}}), Glyphs::utf8);
  EXPECT_EQ(cli::glyphs_of({{"LANG", "C.UTF-8"}, {"LC_CTYPE", "C"}}), Glyphs::ascii);
  EXPECT_EQ(cli::glyphs_of({}), Glyphs::ascii);
  const std::string text = "shop › production ├─ ▁▂▃▄▅▆▇█ 2 × ☃";
  EXPECT_EQ(cli::with_glyphs(text, Glyphs::utf8), text);
  EXPECT_EQ(cli::with_glyphs(text, Glyphs::ascii), "shop > production |- _.,-=+*# 2 x ?");
}

TEST(Sparkline, ShowsWhatIsNotZeroAndLeavesGapsWhereNothingIsKnown) {
  const std::vector<double> values{0, 0.001, 0.5, 1, 7, std::nan("")};
  EXPECT_EQ(cli::sparkline(values, 1), "▁▂▅██ ");
  EXPECT_EQ(cli::sparkline(values, 0), "▁▁▁▁▁ ");
}

TEST(Folded, KeepsThreeLinesAtMostAndTearsNoWord) {
  EXPECT_EQ(cli::folded("a  bcd efg", 10, "   "), "a  bcd efg");
  EXPECT_EQ(cli::folded("a  bcd efg", 9, "   "), "a  bcd\n   efg");
  EXPECT_EQ(cli::folded("a  bcd  ef gh ij kl", 6, "   "), "a  bcd\n   ef\n   gh ij kl");
  EXPECT_EQ(cli::folded("a  abcdefgh ij", 6, "   "), "a  abcdefgh\n   ij");
  EXPECT_EQ(cli::folded("a  abcdefgh", 6, "   "), "a  abcdefgh");
  EXPECT_EQ(cli::folded("a  \x1b[31mä›c\x1b[0m d", 8, "   "), "a  \x1b[31mä›c\x1b[0m d");
}

TEST(Cut, CountsSignsNotBytesAndEndsColours) {
  EXPECT_EQ(cli::cut("ä›bc", 4), "ä›bc");
  EXPECT_EQ(cli::cut("ä›bc", 2), "ä›");
  EXPECT_EQ(cli::cut("\x1b[31mabc\x1b[0m", 2), "\x1b[31mab\x1b[0m");
  EXPECT_EQ(cli::cut("\x1b[31mab\x1b[0m", 2), "\x1b[31mab\x1b[0m");
}

}  // namespace
}  // namespace slipway
