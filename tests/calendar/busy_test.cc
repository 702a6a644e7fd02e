#include "calendar/busy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calendar/moment.h"
#include "calendar/times.h"

namespace slipway::calendar {
namespace {

using testing::HasSubstr;

std::string calendar_of(std::string_view event, int times = 1) {
  std::string text = "BEGIN:VCALENDAR\n";
  for (int i = 0; i < times; ++i) text += fmt::format("BEGIN:VEVENT\n{}\nEND:VEVENT\n", event);
  return text + "END:VCALENDAR\n";
}

// In the 400 days that a deployment looks ahead.
Result<std::vector<Busy>> ahead(const std::string& text) {
  return busy_times(text, at("2026-11-24T00:00Z"), at("2026-11-24T00:00Z") + 400 * day);
}

std::vector<std::string> beginnings(const std::string& text) {
  const auto busy = ahead(text);
  EXPECT_TRUE(busy) << busy.error().message;
  std::vector<std::string> words;
  for (const Busy& each : *busy) words.push_back(format_moment(each.from));
  return words;
}

TEST(Busy, WholeDaysRecurAndEndWithTheirLastDay) {
  const auto busy = busy_times(
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Party\nDTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:"
      "20261202\n"
      "RRULE:FREQ=WEEKLY;COUNT=2\nEND:VEVENT\nEND:VCALENDAR\n",
      at("2026-11-24T00:00Z"), at("2027-11-24T00:00Z"));
  ASSERT_TRUE(busy) << busy.error().message;
  EXPECT_EQ(*busy, (std::vector<Busy>{{at("2026-12-01T00:00Z"), at("2026-12-02T00:00Z"), "Party"},
                                      {at("2026-12-08T00:00Z"), at("2026-12-09T00:00Z"), "Party"}}));
}

TEST(Busy, WhatIsNoCalendarIsRefused) {
  const Time from = at("2026-11-24T00:00Z");
  for (const char* text :
       {"", "holidays", "BEGIN:VCARD\nEND:VCARD\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261201T000000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n"
        "END:VCALENDAR\n"})
    EXPECT_FALSE(busy_times(text, from, from + day)) << text;
}

TEST(Busy, ACountIsOfAllThatRecurredAndAnEndIsKept) {
  EXPECT_EQ(beginnings(calendar_of("DTSTART:20261103T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5")),
            (std::vector<std::string>{"Tue 24 Nov 08:00 UTC", "Tue 1 Dec 08:00 UTC"}));
  EXPECT_EQ(beginnings(calendar_of("DTSTART:20261103T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL="
                                   "20261208T080000Z\nEXDATE:20261201T080000Z")),
            (std::vector<std::string>{"Tue 24 Nov 08:00 UTC", "Tue 8 Dec 08:00 UTC"}));
}

TEST(Busy, ADayOfLeapYearsRecursInThoseAlone) {
  const std::string text =
      calendar_of("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29");
  const auto busy = busy_times(text, at("2024-01-01T00:00Z"), at("2034-01-01T00:00Z"));
  ASSERT_TRUE(busy) << busy.error().message;
  EXPECT_EQ(*busy, (std::vector<Busy>{{at("2024-02-29T00:00Z"), at("2024-03-01T00:00Z"), ""},
                                      {at("2028-02-29T00:00Z"), at("2028-03-01T00:00Z"), ""},
                                      {at("2032-02-29T00:00Z"), at("2032-03-01T00:00Z"), ""}}));
}

TEST(Busy, ARuleThatNeverComesTrueIsDoneWithAtOnce) {
  for (const char* count : {"", ";COUNT=3"})
    EXPECT_THAT(beginnings(calendar_of(fmt::format("DTSTART:20200101T000000Z\nDURATION:PT1H\n"
                                                   "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30{}",
                                                   count))),
                testing::IsEmpty());
}

TEST(Busy, WhatWouldTakeMinutesToFollowIsRefused) {
  const std::string hourly = "DTSTART:20200101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY";
  std::string without = hourly, rules = hourly;
  for (int i = 0; i < 30'000; ++i) without += "\nEXDATE:20300101T000000Z";
  for (int i = 0; i < 10'000; ++i) rules += "\nRRULE:FREQ=HOURLY";
  for (const std::string& text :
       {calendar_of(hourly, 2000), calendar_of(without), calendar_of(rules),
        calendar_of("DTSTART:20200101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY", 9000),
        calendar_of("DTSTART:00010101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY;COUNT=2000000000"),
        calendar_of(hourly + ";BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9")}) {
    const auto busy = ahead(text);
    ASSERT_FALSE(busy) << text.substr(0, 200);
    EXPECT_EQ(busy.error().kind, ErrorKind::invalid_input);
  }
}

// Closures that were left out would be open.
TEST(Busy, MoreTimesThanAreKeptAreRefusedAndNotLeftOut) {
  const auto busy = ahead(calendar_of("DTSTART:20261201T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY", 300));
  ASSERT_FALSE(busy);
  EXPECT_THAT(busy.error().message, HasSubstr("more than 100000 busy times in 400 days"));
}

TEST(Busy, AnExclusionByRuleIsRefused) {
  const auto busy = ahead(
      calendar_of("SUMMARY:Party\nDTSTART:20261201T000000Z\nRRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY;INTERVAL=2"));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().message, "the event \"Party\" has an EXRULE; write its dates as EXDATE");
}

}  // namespace
}  // namespace slipway::calendar
