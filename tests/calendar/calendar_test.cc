#include <date/tz.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "calendar/moment.h"
#include "calendar/openness.h"
#include "calendar/resolve.h"
#include "calendar/times.h"

namespace slipway::calendar {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

Window window(std::initializer_list<int> weekdays, int from, int to, std::string zone = "UTC") {
  Window result{.from = Minutes(from), .to = Minutes(to), .zone = std::move(zone)};
  result.days.fill(false);
  for (const int weekday : weekdays) result.days[static_cast<std::size_t>(weekday)] = true;
  return result;
}

// The seed's production.
Rules production() {
  return {
      {window({2, 4}, 14 * 60, 16 * 60)},
      {DatesBlackout{{"2026-12-25", "2027-01-01"}, "UTC", {}}, YearlyBlackout{{12, 15}, {1, 5}, "UTC", {}}}};
}

Slots resolved(const Rules& rules, const std::optional<Turn>& turn = {}, Time now = at("2026-11-24T02:00Z")) {
  auto slots = resolve(rules, turn, now - day, now + 400 * day);
  EXPECT_TRUE(slots) << slots.error().message;
  return *slots;
}

std::string next(const Slots& slots, std::string_view now, Duration expected = Duration(0)) {
  const Openness seen = look(slots, {}, {}, at(now), expected);
  return seen.next ? format_moment(*seen.next) : "never";
}

TEST(Calendar, OpensAtTheNextWindow) {
  const Slots slots = resolved(production());
  EXPECT_TRUE(look(slots, {}, {}, at("2026-11-24T14:00Z"), hours(2)).fits);
  EXPECT_FALSE(look(slots, {}, {}, at("2026-11-24T16:00Z"), hours(0)).open);
  EXPECT_EQ(next(slots, "2026-11-24T16:00Z"), "Thu 26 Nov 14:00 UTC");
  EXPECT_EQ(slots.rule, "deploys Tue and Thu 14:00–16:00 UTC");
}

TEST(Calendar, WhatDoesntFitBeforeItClosesWaitsForTheNext) {
  const Slots slots = resolved(production());
  const Openness late = look(slots, {}, {}, at("2026-11-24T15:30Z"), Duration(40 * 60'000));
  EXPECT_TRUE(late.open);
  EXPECT_FALSE(late.fits);
  EXPECT_THAT(late.why, HasSubstr("it closes at Tue 24 Nov 16:00 UTC"));
  EXPECT_EQ(format_moment(*late.next), "Thu 26 Nov 14:00 UTC");
}

TEST(Calendar, ABlackoutCrossesNewYear) {
  const Slots slots = resolved(production());
  const Openness seen = look(slots, {}, {}, at("2026-12-15T14:30Z"), Duration(0));
  EXPECT_FALSE(seen.open);
  EXPECT_EQ(seen.why, "blacked out from 15 Dec to 5 Jan, until Wed 6 Jan 00:00 UTC");
  EXPECT_EQ(format_moment(*seen.next), "Thu 7 Jan 14:00 UTC");
}

TEST(Calendar, ABlackoutFromALeapDayToTheDayBeforeItIsNearlyAYear) {
  const Slots slots = resolved({{}, {YearlyBlackout{{2, 29}, {2, 28}, "UTC", {}}}});
  for (const char* closed : {"2026-12-01T00:00Z", "2027-06-01T00:00Z", "2027-12-01T00:00Z"})
    EXPECT_FALSE(look(slots, {}, {}, at(closed), Duration(0)).open) << closed;
}

TEST(Calendar, AFreezeToComeStopsOnlyWhatWouldRunIntoIt) {
  const Closure freeze{at("2026-11-24T15:00Z"), at("2026-11-25T00:00Z"), "frozen by alice: audit"};
  const Slots slots = resolved(production());
  EXPECT_TRUE(look(slots, {&freeze, 1}, {}, at("2026-11-24T14:00Z"), Duration(30 * 60'000)).fits);
  EXPECT_FALSE(look(slots, {&freeze, 1}, {}, at("2026-11-24T14:00Z"), Duration(90 * 60'000)).fits);
}

TEST(Calendar, AnEmergencyWindowOpensWhatIsBlackedOutAndNotWhatIsFrozen) {
  const Slots slots = resolved(production());
  const Slot emergency{at("2026-12-20T00:00Z"), at("2026-12-20T02:00Z"), {}};
  const Closure freeze{at("2026-12-20T01:00Z"), at("2026-12-21T00:00Z"), "frozen"};
  EXPECT_TRUE(look(slots, {}, {&emergency, 1}, at("2026-12-20T00:30Z"), hours(1)).fits);
  EXPECT_FALSE(look(slots, {&freeze, 1}, {&emergency, 1}, at("2026-12-20T01:30Z"), Duration(0)).open);
}

TEST(Calendar, NothingTakesLongerThanAWindowAllows) {
  Rules rules{{window({1, 2, 3, 4, 5}, 9 * 60, 17 * 60)}, {}};
  rules.windows[0].longest = hours(1);
  const Openness seen = look(resolved(rules), {}, {}, at("2026-11-24T10:00Z"), hours(2));
  EXPECT_TRUE(seen.open);
  EXPECT_FALSE(seen.fits);
  EXPECT_FALSE(seen.next);
  EXPECT_EQ(seen.why, "no deployment may take longer than 1 h there, and this takes 2 h");
}

TEST(Schedule, AMinorReleaseGoesOnTheFirstTuesdayAndSkipsABlackedOutOne) {
  const Slots slots = resolved(production(), Turn{Turn::Kind::monthly, 1, 2});
  EXPECT_EQ(next(slots, "2026-11-24T14:00Z"), "Tue 1 Dec 14:00 UTC");
  EXPECT_EQ(next(slots, "2026-12-02T00:00Z"), "Tue 2 Feb 14:00 UTC");
}

TEST(Schedule, AMajorReleaseGoesOnTheFirstOpenDayOfTheQuarter) {
  const Slots slots = resolved(production(), Turn{Turn::Kind::quarterly});
  EXPECT_EQ(next(slots, "2026-11-24T14:00Z"), "Thu 7 Jan 14:00 UTC");
  EXPECT_EQ(next(slots, "2027-01-08T00:00Z"), "Thu 1 Apr 14:00 UTC");
}

TEST(Schedule, TheClassIsTheFirstPartThatDiffers) {
  EXPECT_EQ(release_class("1.4.2", "2.0.0"), ReleaseClass::major);
  EXPECT_EQ(release_class("v1.4.2", "1.5.0-rc.1+7"), ReleaseClass::minor);
  EXPECT_EQ(release_class("1.4.2", "1.4.1"), ReleaseClass::patch);
  EXPECT_EQ(release_class("1.4.2", "1.4.2-rc.1"), ReleaseClass::patch);
  for (const char* no :
       {"", "1", "1.4", "1.4.2.3", "01.4.2", "1.4.x", "1.4.2-", "1.4.2+", "1.4.2-01", " 1.4.2"})
    EXPECT_FALSE(release_class("1.0.0", no)) << no;
}

TEST(Zones, AWindowThatTheSpringSkipsBeginsAtTheChange) {
  const Rules rules{{window({0, 1, 2, 3, 4, 5, 6}, 2 * 60 + 30, 4 * 60, "Europe/Berlin")}, {}};
  const Slots slots = resolved(rules, {}, at("2027-03-20T00:00Z"));
  EXPECT_EQ(next(slots, "2027-03-28T00:00Z"), "Sun 28 Mar 01:00 UTC");
  EXPECT_FALSE(look(slots, {}, {}, at("2027-03-28T02:00Z"), Duration(0)).open);
}

TEST(Zones, AWindowOfAnHourThatComesTwiceLastsForBoth) {
  const Rules rules{{window({0, 1, 2, 3, 4, 5, 6}, 2 * 60, 3 * 60, "Europe/Berlin")}, {}};
  const Slots slots = resolved(rules, {}, at("2027-10-30T00:00Z"));
  for (const char* open : {"2027-10-31T00:00Z", "2027-10-31T01:30Z"})
    EXPECT_TRUE(look(slots, {}, {}, at(open), Duration(0)).open) << open;
  EXPECT_FALSE(look(slots, {}, {}, at("2027-10-31T02:00Z"), Duration(0)).open);
}

TEST(Zones, AWindowThatEndsAsAnHourComesTwiceEndsWhenItComesFirst) {
  const Rules before{{window({0, 1, 2, 3, 4, 5, 6}, 60, 2 * 60, "Europe/Berlin")}, {}};
  const Slots early = resolved(before, {}, at("2027-10-30T00:00Z"));
  EXPECT_TRUE(look(early, {}, {}, at("2027-10-30T23:59Z"), Duration(0)).open);
  EXPECT_FALSE(look(early, {}, {}, at("2027-10-31T00:00Z"), Duration(0)).open);
  // Its midnight comes twice, on Sunday.
  const Rules saturdays{{window({6}, 0, 24 * 60, "America/Havana")}, {}};
  const Slots slots = resolved(saturdays, {}, at("2027-11-06T00:00Z"));
  EXPECT_TRUE(look(slots, {}, {}, at("2027-11-07T03:59Z"), Duration(0)).open);
  EXPECT_FALSE(look(slots, {}, {}, at("2027-11-07T04:00Z"), Duration(0)).open);
}

TEST(Zones, AnUnknownOneIsNamedWithTheNearest) {
  const Status unknown = check_zone("Europe/Berlim");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean \"Europe/Berlin\""));
}

// Against the simplest model there is: an instant is open if the clock on the wall says so. Days of an hour
// that comes twice are told apart above.
TEST(Zones, AllAgreeWithTheClockOnTheWall) {
  std::mt19937_64 draw(20261124);
  const auto up_to = [&](int most) { return static_cast<int>(draw() % static_cast<unsigned>(most)); };
  int looked_at = 0;
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    const Time start = at("2026-01-01T00:00Z") + up_to(3650) * day;
    Window drawn = window({}, up_to(1439), 0, zone.name());
    drawn.to = drawn.from + Minutes(1 + up_to(int(1440 - drawn.from.count())));
    for (bool& on : drawn.days) on = up_to(2) == 1;
    const auto slots = resolve({{drawn}, {}}, {}, start, start + 4 * day);
    ASSERT_TRUE(slots) << zone.name();
    for (Time time = start; time < start + 3 * day; time += Minutes(7)) {
      const auto local = zone.to_local(date::floor<std::chrono::seconds>(time));
      if (zone.get_info(local - hours(3)).result == date::local_info::ambiguous ||
          zone.get_info(local + hours(3)).result == date::local_info::ambiguous ||
          zone.get_info(local).result == date::local_info::ambiguous)
        continue;
      const auto midnight = date::floor<date::days>(local);
      const bool expected = drawn.days[date::weekday(midnight).c_encoding()] &&
                            local - midnight >= drawn.from && local - midnight < drawn.to;
      ASSERT_EQ(look(*slots, {}, {}, time, Duration(0)).open, expected)
          << zone.name() << " " << format_time(time) << " " << describe(Rules{{drawn}, {}});
      ++looked_at;
    }
  }
  EXPECT_GT(looked_at, 100'000);
}

TEST(Moment, IsReadAsItIsWritten) {
  EXPECT_EQ(format_time(at("2026-11-26T14:00:05Z")), "2026-11-26T14:00:05Z");
  for (const char* no : {"", "14:00", "2026-11-26", "2026-11-26T14:00", "2026-02-30T00:00Z",
                         "2026-11-26T25:00Z", "2026-11-26T14:00Zx", "2026-11-26T14:00:99Z"})
    EXPECT_FALSE(parse_moment(no)) << no;
}

}  // namespace
}  // namespace slipway::calendar
