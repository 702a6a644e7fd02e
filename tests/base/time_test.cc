#include "base/time.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(Duration, IsReadInTheFormsThatPeopleWrite) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500));
  EXPECT_EQ(parse_duration("90s"), Duration(90'000));
  EXPECT_EQ(parse_duration("5m"), Duration(300'000));
  EXPECT_EQ(parse_duration("1h30m"), Duration(5'400'000));
  EXPECT_EQ(parse_duration("2d"), Duration(172'800'000));
}

TEST(Duration, AnythingElseIsRefusedWithAnExample) {
  for (const char* text : {"", "5", "m", "5 m", "5 parsecs", "-5m", "5M", "1.5h", "9999999999s", "5m "}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid_input);
    EXPECT_EQ(parsed.error().message,
              fmt::format("\"{}\" is not a duration: write it as 5m, 90s or 1h30m", text));
  }
}

TEST(Duration, IsPrintedInTwoUnitsAtMost) {
  EXPECT_EQ(format_duration(Duration(38)), "38 ms");
  EXPECT_EQ(format_duration(Duration(4'200)), "4.2 s");
  EXPECT_EQ(format_duration(Duration(5'000)), "5 s");
  EXPECT_EQ(format_duration(Duration(41'900)), "41 s");
  EXPECT_EQ(format_duration(Duration(330'000)), "5 min 30 s");
  EXPECT_EQ(format_duration(Duration(300'000)), "5 min");
  EXPECT_EQ(format_duration(Duration(7'380'000)), "2 h 3 min");
  EXPECT_EQ(format_duration(Duration(183'600'000)), "2 d 3 h");
  EXPECT_EQ(format_duration(Duration(-38)), "-38 ms");
}

TEST(Time, IsPrintedInUtc) {
  const Time time{Duration(1'795'430'664'123)};
  EXPECT_EQ(format_time(time), "2026-11-23T10:44:24Z");
  EXPECT_EQ(format_time_precise(time), "2026-11-23T10:44:24.123Z");
}

}  // namespace
}  // namespace slipway
