#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "cli/render.h"
#include "fixtures.h"
#include "judge/evidence.h"
#include "plain.h"

namespace slipway {
namespace {

using cli::View;
using test::before_noon;
using test::canary_target;
using test::noon;
using test::plain;
using ::testing::HasSubstr;
using ::testing::Not;

std::string status(const Json& target) {
  return cli::render_target(View(target), noon, plain);
}

TEST(Watch, OfACanaryShowsWhatSomebodyAsksAtThreeInTheMorning) {
  const Json record{
      {"notes", {test::note_of(1, 600, "started by alice"), test::note_of(2, 331, "25 % of users")}}};
  EXPECT_EQ(
      cli::render_watch(View(canary_target()), View(record), noon, plain, 100),
      R"(shop › production   CANARY 1.5.0 at 25 %   step 2 of 4   1.4.2 stable                   14:00:00 UTC

  Holding 25 %   ████████████████░░░░░░░░░░░░░░   5:31 of 10:00      next 50 % of users at 14:04:29
  verdict        healthy so far: errors 0.47 % of 1,861 requests
  started        10 min ago by alice   done at about 14:50:00
  users          set 25 %   actual 25 %   lease 11 s
  listens at     127.0.0.1:8080
  preview        http://127.0.0.1:9090   or with the header
                 X-Slipway-Preview: s3cret
  telemetry      since the daemon started: 12 of 10000 records lost (0.12 %); 1 malformed record
                 ignored

              requests/s               errors                  p50       p99
  1.4.2 stable       312 ██████████    0.42 % ▁▁▁▁▁▁▁▁▁▁     41 ms    210 ms ▅▅▅▅▅▅▅▅▅█
  1.5.0 canary       104 ██████████    5.10 % ▁▁▁▁▁▁▁▁▁█     41 ms     1.2 s ▅▅▅▅▅▅▅▅▅█

  instances
  ├─ 1.4.2 stable   revision 41   1 of 1 healthy
  │  └─ 41-1  pid 8123  :34107  healthy  212 MB  for 1 min 30 s
  └─ 1.5.0 canary   revision 42   1 of 1 healthy
     └─ 42-1  pid 8123  :34107  healthy  212 MB  for 1 min 30 s

  13:54:29  25 % of users
  13:50:00  started by alice
)");
}

TEST(Watch, OnANarrowTerminalLeavesTheSparklinesOut) {
  const std::string text = cli::render_watch(View(canary_target()), View(Json()), noon, plain, 80);
  EXPECT_THAT(text, HasSubstr("  1.5.0 canary       104    5.10 %     41 ms     1.2 s\n"));
  EXPECT_THAT(text, HasSubstr("5:31 of 10:00\n  next           50 % of users at 14:04:29\n"));
}

TEST(Status, OfAPausedCanaryStopsItsClockAndSaysHowToGoOn) {
  Json target = canary_target();
  target["deployment"]["paused"] = {{"since", before_noon(31)}, {"by", "bob"}, {"reason", "lunch"}};
  const std::string text = status(target);
  EXPECT_THAT(text, HasSubstr("CANARY 1.5.0 at 25 %   PAUSED   step 2 of 4"));
  EXPECT_THAT(text, HasSubstr("5:00 of 10:00      next 50 % of users\n"));
  EXPECT_THAT(text, HasSubstr("paused         for 31 s by bob: lunch\n"));
  EXPECT_THAT(text, HasSubstr("                 go on:        slipway resume shop/production\n"
                              "                 to everyone:  slipway promote shop/production\n"
                              "                 take it back: slipway abort shop/production\n"));
}

TEST(Status, OfAPausedBakeOffersOnlyWhatIsPossibleOncePromoted) {
  Json target = canary_target();
  target["deployment"]["paused"] = {{"since", before_noon(31)}, {"by", "bob"}, {"reason", "lunch"}};
  target["deployment"]["promoted"] = before_noon(100);
  const std::string text = status(target);
  EXPECT_THAT(text, HasSubstr("                 go on:        slipway resume shop/production\n"
                              "                 take it back: slipway rollback shop/production\n"));
  EXPECT_THAT(text, Not(HasSubstr("slipway promote")));
  EXPECT_THAT(text, Not(HasSubstr("slipway abort")));
}

TEST(Status, FoldsWhatIsTooLongForATerminalAndCutsNothing) {
  Json target = canary_target();
  target["deployment"]["verdict"] = {
      {"kind", "held"},
      {"reason",
       "stable serves too few requests to compare with: 3 of the 50 that are needed in the last minute, and "
       "none of them from the users that the canary has"}};
  target["deployment"]["paused"] = {{"since", before_noon(31)}, {"by", ""}, {"reason", "held for 10 min"}};
  target["preview"]["header"] = "X-Slipway-Preview: 0123456789abcdef0123456789abcdef";
  target["canary"]["instances"][0]["detail"] = "GET /health answered 503 Service Unavailable";
  const cli::Page narrow{80, cli::LongLines::folded};
  const std::string text = cli::render_target(View(target), noon, plain, narrow);
  for (const std::string& line : cli::lines_of(text)) EXPECT_LE(cli::width(line), 80U) << line;
  EXPECT_THAT(text,
              HasSubstr("  verdict        held: stable serves too few requests to compare with: 3 of the\n"
                        "                 50 that are needed in the last minute, and none of them from\n"
                        "                 the users that the canary has\n"));
  EXPECT_THAT(text, HasSubstr("\n                 X-Slipway-Preview: 0123456789abcdef0123456789abcdef\n"));
  EXPECT_THAT(text, HasSubstr("GET /health\n           answered 503 Service Unavailable\n"));
  EXPECT_THAT(text, HasSubstr("1.4.2 stable\n" + std::string(68, ' ') + "14:00:00 UTC\n"));
  // A pipe gets each on one line, for whoever searches in it.
  EXPECT_THAT(status(target),
              HasSubstr("in the last minute, and none of them from the users that the canary has\n"));
}

TEST(Statuses, AreFoldedToTheTerminal) {
  const std::string text =
      cli::render_targets(View(Json::array({canary_target()})), noon, plain, {60, cli::LongLines::folded});
  EXPECT_EQ(text,
            "shop › production  CANARY 1.5.0 at 25 %   step 2 of 4\n"
            "    1.4.2 stable  hold for 10 min\n");
}

TEST(Status, SaysThatTheLeaseRanOutAndThatRequestsWereNotRecorded) {
  Json target = canary_target();
  target["weight"] = {{"set", 25}, {"actual", nullptr}, {"lease_ms", 0}};
  target["telemetry"]["recorded"] = 990;
  const std::string text = status(target);
  EXPECT_THAT(text, HasSubstr("actual unknown   lease ran out: everyone is on stable"));
  EXPECT_THAT(text, HasSubstr("10 of the canary's 1000 requests not recorded (1.00 %)"));
}

TEST(Status, GivesNoAlarmForTotalsThatNeverGoBack) {
  const cli::Paint colours(cli::Paint::Mode::colours);
  Json target = canary_target();
  target["telemetry"] = {{"received", 10}, {"lost", 0}, {"forged", 3}, {"counted", 100}, {"recorded", 90}};
  const std::string text = cli::render_target(View(target), noon, colours);
  EXPECT_THAT(text, HasSubstr(colours.dim("since the daemon started: 3 forged records ignored")));
  EXPECT_THAT(text, HasSubstr(colours.yellow("10 of the canary's 100 requests not recorded (10.0 %)")));
}

TEST(Status, IsSilentAboutTelemetryThatLostNothing) {
  Json target = canary_target();
  target["telemetry"] = {{"received", 10}, {"lost", 0}, {"counted", 5000}, {"recorded", 4998}};
  EXPECT_THAT(status(target), Not(HasSubstr("telemetry")));
}

TEST(Status, AfterARollbackTellsHowLongItTookUntilTheNewsIsOld) {
  Json target = canary_target();
  target["last"] = target["deployment"];
  target["deployment"] = target["canary"] = target["preview"] = nullptr;
  target["last"].update({{"outcome", "rolled_back"},
                         {"ended", before_noon(41)},
                         {"cause", "errors 5.1 %"},
                         {"detect_ms", 4100},
                         {"restore_ms", 38}});
  const std::string text = status(target);
  EXPECT_THAT(text, HasSubstr("shop › production   ROLLED BACK to 1.4.2"));
  EXPECT_THAT(text, HasSubstr("last           1.5.0 rolled back 41 s ago, deployment 42 by alice\n"
                              "                 errors 5.1 %\n"
                              "                 detected in 4.1 s, restored in 38 ms\n"));
  target["last"]["ended"] = before_noon(7200);
  EXPECT_THAT(status(target), HasSubstr("shop › production   1.4.2 stable"));
}

// As the judge writes it.
Json evidence_of(judge::VerdictKind kind) {
  judge::Evidence evidence{.kind = kind, .cause = judge::Cause::relative, .evidence = 240, .requests = 214};
  evidence.seen = Duration(41'000);
  evidence.comparisons = {
      {.metric = judge::Metric::errors,
       .evidence = 250,
       .canary = {.value = 0.051},
       .stable = {.value = 0.0048},
       .ratio = {.value = 10.6, .lowest = 4.2, .highest = 21}},
      {.metric = judge::Metric::p99,
       .evidence = 0.8,
       .canary = {.value = 1204},
       .stable = {.value = 210},
       .ratio = {.value = 5.7, .lowest = 0.9, .highest = std::numeric_limits<double>::infinity()}}};
  evidence.limits = {{.trigger = {.threshold = 200'000}, .within = 31},
                     {.trigger = {.metric = judge::Trigger::Metric::response_time,
                                  .statistic = judge::Trigger::Statistic::p99,
                                  .threshold = 2000},
                      .within = 3}};
  return evidence;
}

TEST(Status, ShowsBelowTheVerdictWhatItStandsOn) {
  Json target = canary_target();
  target["deployment"]["verdict"]["evidence"] = evidence_of(judge::VerdictKind::undecided);
  EXPECT_THAT(
      status(target),
      HasSubstr("  verdict        healthy so far: errors 0.47 % of 1,861 requests\n"
                "                 errors  5.1 %  against 0.48 %  4.2 × to 21 ×    evidence 250 : 1\n"
                "                 p99     1.2 s  against 210 ms  at least 0.90 ×  evidence 0.8 : 1\n"
                "                 limits ruled out: ErrorRate above 20 % for 5 min; not ruled out yet: "
                "ResponseTime p99 above 2 s for 5 min\n"
                "  started "));
}

TEST(Status, OfEvidenceThatItCannotReadShowsTheVerdictAlone) {
  for (const Json& odd : {Json(7), Json::array(), Json{{"kind", "splendid"}}, Json{{"kind", "healthy"}}}) {
    Json target = canary_target();
    target["deployment"]["verdict"]["evidence"] = odd;
    EXPECT_EQ(status(target), status(canary_target())) << odd;
  }
}

TEST(Timeline, SaysWhyTheJudgeEndedADeployment) {
  Json bad = canary_target()["deployment"];
  bad.update({{"outcome", "rolled_back"},
              {"cause", "errors 5.1 % against 0.48 %"},
              {"evidence", evidence_of(judge::VerdictKind::unhealthy)},
              {"notes", {test::note_of(1, 600, "started by alice")}}});
  EXPECT_EQ(cli::render_timeline(View(bad), plain),
            "deployment 42   deploy of 1.5.0   rolled back\n"
            "  revision 42, digest 3f9c, started 2025-11-23 13:50:00 UTC by alice\n"
            "  replaces 1.4.2, revision 41\n"
            "\n"
            "  rolled back after 41 s, 214 canary requests: errors 5.1 % against 0.48 % (4.2 × to 21 ×, 99 % "
            "interval), evidence 240 : 1, limit 100 : 1\n"
            "\n"
            "  METRIC  CANARY  STABLE  RATIO, 99 %      EVIDENCE\n"
            "  errors  5.1 %   0.48 %  4.2 × to 21 ×    250 : 1\n"
            "  p99     1.2 s   210 ms  at least 0.90 ×  0.8 : 1\n"
            "\n"
            "  13:50:00  started by alice\n");
  bad["outcome"] = "under_way";
  EXPECT_THAT(cli::render_timeline(View(bad), plain), HasSubstr("\n  users go back after 41 s, 214 canary"));
}

TEST(Timeline, OfADeploymentThatFailedByItselfSaysItsCause) {
  Json bad = canary_target()["deployment"];
  bad.update({{"outcome", "rolled_back"}, {"cause", "it doesn't start"}, {"evidence", nullptr}});
  EXPECT_THAT(cli::render_timeline(View(bad), plain), HasSubstr("rolled back: it doesn't start\n"));
}

TEST(Changes, AreNotTheFiguresThatChangeEachSecond) {
  const Json before = canary_target();
  Json after = before;
  after["weight"]["lease_ms"] = 14'000;
  after["weight"]["actual"] = 24.8;
  after["users"]["canary"]["requests"] = 9;
  after["deployment"]["waits_for"] = "the hold to end; 3 min left";
  after["deployment"]["verdict"]["reason"] = "errors 0.48 %";
  after["deployment"]["verdict"]["evidence"] = evidence_of(judge::VerdictKind::healthy);
  after["canary"]["instances"][0]["memory"] = 1;
  EXPECT_EQ(cli::essence(View(before)), cli::essence(View(after)));
  EXPECT_EQ(cli::change_line(View(before), noon).key, cli::change_line(View(after), noon).key);
  after["canary"]["instances"][0]["health"] = "unhealthy";
  EXPECT_NE(cli::essence(View(before)), cli::essence(View(after)));
  EXPECT_EQ(
      cli::change_line(View(after), noon).key,
      "shop › production   CANARY 1.5.0 at 25 %   step 2 of 4   1.4.2 stable   canary: 0 of 1 healthy   "
      "healthy");
}

TEST(History, ShowsHowSoonWhatWasBadWasSeenAndUsersWereBack) {
  Json bad = canary_target()["deployment"];
  bad.update({{"outcome", "rolled_back"},
              {"ended", before_noon(500)},
              {"cause", "errors 5.1 %"},
              {"first_bad", before_noon(550)},
              {"decided", before_noon(550) + 4100},
              {"last_request", before_noon(550) + 4138},
              {"detect_ms", 4100},
              {"restore_ms", 38}});
  Json good = canary_target()["deployment"];
  good.update({{"number", 41}, {"outcome", "promoted"}, {"ended", before_noon(500)}});
  EXPECT_EQ(
      cli::render_history(View(Json{bad, good}), noon, plain),
      "number  version  kind    by     started (UTC)        took        outcome      detected in  "
      "restored in  cause\n"
      "42      1.5.0    deploy  alice  2025-11-23 13:50:00  1 min 40 s  rolled back  4.1 s        38 ms     "
      "   errors 5.1 %\n"
      "41      1.5.0    deploy  alice  2025-11-23 13:50:00  1 min 40 s  promoted\n");
  EXPECT_THAT(cli::render_timeline(View(bad), plain),
              HasSubstr("\n  detected in 4.1 s, restored in 38 ms (first bad request 13:50:50.000, decided "
                        "13:50:54.100, last request on it 13:50:54.138)\n"));
  EXPECT_EQ(cli::render_history(View(Json{bad, good}), noon, plain, {80, cli::LongLines::folded}),
            "number  version  kind    by     started (UTC)        took        outcome\n"
            "42      1.5.0    deploy  alice  2025-11-23 13:50:00  1 min 40 s  rolled back\n"
            "        errors 5.1 %\n"
            "        detected in 4.1 s, restored in 38 ms\n"
            "41      1.5.0    deploy  alice  2025-11-23 13:50:00  1 min 40 s  promoted\n");
}

TEST(Releases, SayWhichWereNeverPromotedAndCannotBeGoneBackTo) {
  const Json releases{
      {{"revision", 4}, {"version", "1.3.0"}, {"digest", "d"}, {"role", "canary"}},
      {{"revision", 3},
       {"version", "1.2.0"},
       {"digest", "c"},
       {"role", "stable"},
       {"deployed", before_noon(60)}},
      {{"revision", 2}, {"version", "1.1.0"}, {"digest", "b"}},
      {{"revision", 1}, {"version", "1.0.0"}, {"digest", "a"}, {"deployed", before_noon(3600)}}};
  EXPECT_EQ(cli::render_releases(View(releases), plain),
            "revision  version  role    deployed (UTC)       digest\n"
            "4         1.3.0    canary                       d\n"
            "3         1.2.0    stable  2025-11-23 13:59:00  c\n"
            "2         1.1.0            never promoted here  b\n"
            "1         1.0.0            2025-11-23 13:00:00  a\n");
}

}  // namespace
}  // namespace slipway
