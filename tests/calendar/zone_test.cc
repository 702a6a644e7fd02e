#include "calendar/zone.h"

#include <gtest/gtest.h>

#include "calendar/moment.h"
#include "calendar/times.h"

namespace slipway::calendar {
namespace {

Day calendar_day(std::string_view text) {
  return *parse_day(text);
}

TEST(Zone, ADayBeginsAtItsOwnMidnightAlsoWhereTheClockChangesThatDay) {
  const auto berlin = Zone::named("Europe/Berlin");
  ASSERT_TRUE(berlin) << berlin.error().message;
  EXPECT_EQ(berlin->begin(calendar_day("2026-03-29")), at("2026-03-28T23:00Z"));
  EXPECT_EQ(berlin->begin(calendar_day("2026-03-30")), at("2026-03-29T22:00Z"));
  EXPECT_EQ(berlin->day_of(at("2026-03-28T22:59Z")), calendar_day("2026-03-28"));
  EXPECT_EQ(berlin->day_of(at("2026-03-28T23:00Z")), calendar_day("2026-03-29"));
}

TEST(Zone, AMidnightThatIsSkippedIsTheChangeAndOneThatComesTwiceIsTheFirst) {
  const auto beirut = Zone::named("Asia/Beirut");  // put forward at midnight
  ASSERT_TRUE(beirut) << beirut.error().message;
  EXPECT_EQ(beirut->begin(calendar_day("2024-03-31")), at("2024-03-30T22:00Z"));
  EXPECT_EQ(beirut->clock(at("2024-03-30T22:00Z")), "01:00");
  const auto havana = Zone::named("America/Havana");  // put back at one to midnight
  ASSERT_TRUE(havana) << havana.error().message;
  EXPECT_EQ(havana->begin(calendar_day("2024-11-03")), at("2024-11-03T04:00Z"));
}

TEST(Zone, SaysTheYearWhereItIsntThisOne) {
  const auto berlin = Zone::named("Europe/Berlin");
  ASSERT_TRUE(berlin) << berlin.error().message;
  const Time now = at("2026-11-24T02:00Z");
  EXPECT_EQ(berlin->moment(at("2026-11-26T13:00Z"), now), "Thu 26 Nov 14:00");
  EXPECT_EQ(berlin->moment(at("2026-12-31T23:30Z"), now), "Fri 1 Jan 2027 00:30");
}

TEST(Zone, NamesTheNearestOfOneThatIsntThere) {
  const auto zone = Zone::named("Europe/Berln");
  ASSERT_FALSE(zone);
  EXPECT_EQ(zone.error().message,
            "\"Europe/Berln\" is no time zone; did you mean \"Europe/Berlin\"?; write it as Europe/Berlin or "
            "UTC");
}

TEST(Days, AreWrittenAsTheyAreReadAndNothingElseIsOne) {
  for (const char* text : {"2026-12-25", "2028-02-29", "0001-01-01"})
    EXPECT_EQ(format_day(calendar_day(text)), text);
  for (const char* text : {"", "2026-12-1", "2026-13-01", "2027-02-29", "2026-12-00", "2026/12/25",
                           "26-12-2025", "2026-1-025", "+026-12-25", "2026-12- 1", "tomorrow", "0000-01-01"})
    EXPECT_FALSE(parse_day(text)) << text;
}

TEST(Days, AWeekBeginsOnItsMonday) {
  for (const char* text : {"2026-11-30", "2026-12-02", "2026-12-06"})
    EXPECT_EQ(monday_of(calendar_day(text)), calendar_day("2026-11-30"));
}

}  // namespace
}  // namespace slipway::calendar
