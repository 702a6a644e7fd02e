#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/moment.h"
#include "cli/render_calendar.h"
#include "cli/table.h"
#include "fake_daemon.h"
#include "place.h"
#include "plain.h"

namespace slipway::cli {
namespace {

using test::FakeDaemon;
using test::plain;
using test::Said;
using testing::HasSubstr;
using testing::Not;

Time at(std::string_view text) {
  return *slipway::calendar::parse_moment(text);
}

std::int64_t ms(std::string_view text) {
  return at(text).time_since_epoch().count();
}

core::Gates production(const std::string& zone = "UTC") {
  core::Gates gates;
  gates.calendar.windows = {{.days = {false, false, true, false, true, false, false},
                             .from = slipway::calendar::Minutes(14 * 60),
                             .to = slipway::calendar::Minutes(16 * 60),
                             .zone = zone}};
  gates.calendar.blackouts = {slipway::calendar::YearlyBlackout{{12, 15}, {1, 5}, zone, "Christmas"}};
  return gates;
}

std::string drawn(const core::Gates& gates, const Json& target, std::string_view now, const Weeks& weeks,
                  const Page& page = {}) {
  const auto calendar = draw("production", gates, View(target), at(now), weeks);
  EXPECT_TRUE(calendar) << calendar.error().message;
  return render_calendar("shop", *calendar, at(now), plain, page);
}

TEST(Calendar, DrawsWeeksWithWhatIsClosedAndWhyAndSaysFirstWhenNext) {
  core::Gates gates = production();
  using Turn = slipway::calendar::Turn;
  gates.schedule.major = Turn{.kind = Turn::Kind::quarterly};
  gates.schedule.minor = Turn{.kind = Turn::Kind::monthly, .weekday = 2};
  gates.schedule.patch = Turn{.kind = Turn::Kind::emergency};
  gates.schedule.hotfix = Turn{.kind = Turn::Kind::anytime, .approvals = 1};
  const Json target{{"freezes",
                     {{{"number", 1},
                       {"by", "ann"},
                       {"reason", "audit"},
                       {"from", ms("2026-12-03T15:30Z")},
                       {"to", ms("2026-12-05T00:00Z")}}}}};
  EXPECT_EQ(drawn(gates, target, "2026-11-24T11:00Z", {std::nullopt, 4}, {80, LongLines::folded}),
            R"(shop › production   CLOSED                                  Tue 24 Nov 11:00 UTC

  closed: it deploys Tue and Thu 14:00–16:00 UTC; next slot Tue 24 Nov 14:00 (in
  3 h); from Thu 3 Dec 15:30 it is frozen

  Mon        Tue        Wed        Thu        Fri        Sat        Sun
  23 Nov     [24]       25         26         27         28         29
  ·          14–16      ·          14–16      ·          ·          ·

  30 Nov     1 Dec      2          3          4          5          6
  ·          14–16      ·          14:00–     ▒▒▒▒ A     ·          ·
             minor                 15:30
                                   ▒ 15:30–
                                   16:00 A

  7 Dec      8          9          10         11         12         13
  ·          14–16      ·          14–16      ·          ·          ·

  14 Dec     15         16         17         18         19         20
  ·          ▒▒▒▒ B     ▒▒▒▒ B     ▒▒▒▒ B     ▒▒▒▒ B     ▒▒▒▒ B     ▒▒▒▒ B

  [ ] today   · no window   ▒ closed   times in UTC
  A   frozen by ann: audit
  B   blacked out from 15 Dec to 5 Jan: Christmas

  major   the first open day of each quarter: next Thu 7 Jan 2027 14:00
  minor   the first Tuesday of each month: Tue 1 Dec 14:00
  patch   whenever a window or an emergency window is open
  hotfix  any time, with an approval
)");
}

TEST(Calendar, SaysUntilWhenItIsOpen) {
  EXPECT_THAT(drawn(production(), nullptr, "2026-12-10T14:30Z", {}),
              HasSubstr("\n  open now until Thu 10 Dec 16:00 (for another 1 h 30 min); from Tue 15 Dec it is "
                        "blacked out\n"));
  EXPECT_THAT(drawn({}, nullptr, "2026-12-10T14:30Z", {}), HasSubstr("\n  open now, and at any time\n"));
}

TEST(Calendar, SaysWhatClosesItNowAndWhenItOpensThoughThatIsNextYear) {
  EXPECT_THAT(
      drawn(production(), nullptr, "2026-12-20T12:00Z", {}),
      HasSubstr("\n  closed: blacked out from 15 Dec to 5 Jan: Christmas, until Wed 6 Jan 2027 00:00; "
                "next slot Thu 7 Jan 2027 14:00 (in 18 d 2 h)\n"));
}

TEST(Calendar, DrawsTheHoursOfTheWindowsZoneThoughTheClockChanges) {
  core::Gates gates = production("Europe/Berlin");
  gates.calendar.windows[0].days[0] = true;  // Sunday
  gates.calendar.windows[0].from = slipway::calendar::Minutes(150);
  const std::string text = drawn(gates, nullptr, "2027-03-24T11:00Z", {std::nullopt, 1});
  EXPECT_THAT(text, HasSubstr("Wed 24 Mar 12:00 Europe/Berlin\n"));
  // 02:30 is skipped: it begins at the change.
  EXPECT_THAT(text, HasSubstr("  ·             02:30–16:00   ·             02:30–16:00   ·             ·     "
                              "        03–16\n"));
  EXPECT_THAT(text, HasSubstr("clock +1h\n"));
  EXPECT_THAT(text, HasSubstr("times in Europe/Berlin\n"));
}

TEST(Calendar, DrawsAnEmergencyWindowWhereNothingElseIsOpenButNotInAFreeze) {
  Json target{{"emergency",
               {{"open", true},
                {"from", ms("2026-12-16T13:15Z")},
                {"until", ms("2026-12-16T17:00Z")},
                {"people", {{{"by", "ann"}, {"reason", "checkout\nfails"}}}}}}};
  std::string text = drawn(production(), target, "2026-12-16T13:20Z", {std::nullopt, 1});
  EXPECT_THAT(text, HasSubstr("open now until Wed 16 Dec 17:00 (for another 3 h 40 min)"));
  EXPECT_THAT(text, HasSubstr("! 13:15–"));
  EXPECT_THAT(text, HasSubstr("B   emergency window, opened by ann: checkout fails\n"));
  EXPECT_THAT(text, HasSubstr("! emergency window"));
  target["freezes"] = {{{"number", 1},
                        {"by", "bob"},
                        {"reason", ""},
                        {"from", ms("2026-12-16T00:00Z")},
                        {"to", ms("2026-12-17T00:00Z")}}};
  text = drawn(production(), target, "2026-12-16T13:20Z", {std::nullopt, 1});
  EXPECT_THAT(text, HasSubstr("closed: frozen by bob, until Thu 17 Dec 00:00"));
  EXPECT_THAT(text, Not(HasSubstr("! ")));
}

TEST(Calendar, CountsASlotOverMidnightOnce) {
  core::Gates gates = production();
  gates.calendar.windows[0] = {.days = {false, false, true, false, false, false, false},
                               .from = slipway::calendar::Minutes(22 * 60),
                               .to = slipway::calendar::Minutes(2 * 60)};
  gates.schedule.minor =
      slipway::calendar::Turn{.kind = slipway::calendar::Turn::Kind::monthly, .weekday = 2};
  EXPECT_THAT(drawn(gates, nullptr, "2026-11-24T11:00Z", {std::nullopt, 2}),
              HasSubstr("minor   the first Tuesday of each month: Tue 1 Dec 22:00\n"));
}

TEST(Calendar, KeepsToTheTerminalsWidthHoweverNarrowItIs) {
  for (const std::size_t columns : {40U, 60U, 71U, 72U, 80U, 100U, 120U})
    for (const std::string& line : lines_of(drawn(production("Europe/Berlin"), nullptr, "2026-12-10T14:30Z",
                                                  {}, {columns, LongLines::folded})))
      EXPECT_LE(width(line), columns) << line;
}

TEST(Calendar, PutsTheDaysBelowEachOtherWhereSevenHaveNoRoom) {
  const std::string text =
      drawn(production(), nullptr, "2026-12-10T12:00Z", {std::nullopt, 1}, {50, LongLines::folded});
  EXPECT_THAT(text, HasSubstr("  Tue 8 Dec         14–16\n  [Thu 10 Dec]      14–16\n"));
}

TEST(Calendar, BeginsWithTheWeekOfTheDayAndNamesItsYear) {
  const std::string text =
      drawn(production(), nullptr, "2026-11-24T11:00Z", {*slipway::calendar::parse_day("2028-02-29"), 1});
  EXPECT_THAT(text, HasSubstr("  2028\n  28 Feb        29            1 Mar"));
  EXPECT_THAT(text, Not(HasSubstr("today")));
}

constexpr auto with_windows = R"(service: shop
run: {command: [./shop]}
environments:
  staging: {listen: "127.0.0.1:18081"}
  production:
    listen: "127.0.0.1:18080"
    windows: [{days: [Tue, Thu], from: "14:00", to: "16:00"}]
)";

TEST(CalendarCommand, DrawsTheRestFromTheFileWhereNoDaemonAnswers) {
  test::Place place;
  place.write("slipway.yaml", with_windows);
  const test::Typed typed = place.type({"calendar"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_THAT(typed.out, HasSubstr("shop › production   CLOSED"));
  EXPECT_THAT(typed.out, Not(HasSubstr("staging")));  // it has none
  EXPECT_THAT(typed.out, HasSubstr("no daemon answers: freezes and emergency windows aren't known"));
}

TEST(CalendarCommand, DrawsTheFreezesThatTheDaemonKnows) {
  test::Place place;
  place.write("slipway.yaml", with_windows);
  const Json targets{{"targets",
                      {{{"target", {{"service", "shop"}, {"environment", "staging"}}},
                        {"freezes",
                         {{{"by", "ann"},
                           {"reason", "audit"},
                           {"from", ms("2025-11-23T00:00Z")},
                           {"to", ms("2025-11-25T00:00Z")}}}}}}}};
  const FakeDaemon daemon(place.data(), [&](const test::Asked&) { return Said{200, targets.dump()}; });
  const test::Typed typed = place.type({"calendar", "--weeks", "1"});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_THAT(typed.out, HasSubstr("shop › staging   CLOSED"));
  EXPECT_THAT(typed.out,
              HasSubstr("closed: frozen by ann: audit, until Tue 25 Nov 00:00; next slot Tue 25 Nov "
                        "00:00 (in 1 d 10 h)\n"));
  EXPECT_THAT(typed.out, Not(HasSubstr("no daemon")));
  const test::Typed asked = place.type({"calendar", "staging", "--weeks", "1", "--json"});
  const Json json = Json::parse(asked.out);
  EXPECT_EQ(json["freezes_known"], true);
  ASSERT_EQ(json["environments"].size(), 1U);
  EXPECT_EQ(json["environments"][0]["next"], ms("2025-11-25T00:00Z"));
  ASSERT_EQ(json["environments"][0]["days"].size(), 7U);
  EXPECT_EQ(json["environments"][0]["days"][6]["date"], "2025-11-23");
  EXPECT_EQ(json["environments"][0]["days"][6]["spans"][0]["why"], "frozen by ann: audit");
}

TEST(CalendarCommand, RefusesWhatIsNoDateNoNumberOfWeeksAndNoEnvironment) {
  test::Place place;
  place.write("slipway.yaml", with_windows);
  const auto wrong = [&](std::vector<std::string> words, const std::string& said) {
    words.insert(words.begin(), "calendar");
    const test::Typed typed = place.type(words);
    EXPECT_EQ(typed.code, 2) << typed.out;
    EXPECT_THAT(typed.err, HasSubstr(said));
  };
  wrong({"--weeks", "0"}, "--weeks");
  wrong({"--weeks", "54"}, "--weeks");
  wrong({"--from", "2026-02-30"}, "--from: \"2026-02-30\" is no date: write it as 2026-12-25");
  wrong({"--from", "1999-12-31"}, "--from: 1999-12-31 is not from 2000 to 2100");
  wrong({"--from", "2101-01-01"}, "--from: 2101-01-01 is not from 2000 to 2100");
  wrong({"produktion"}, "produktion");
  EXPECT_EQ(place.type({"calendar", "--weeks", "53", "--from", "2100-12-31"}).code, 0);
}

}  // namespace
}  // namespace slipway::cli
