#include <fmt/format.h>
#include <gtest/gtest.h>

#include "drivers/telemetry/record.h"

namespace slipway::drivers::telemetry {
namespace {

constexpr std::string_view token = "0123456789abcdef0123456789abcdef";

// What HAProxy 2.6 wrote in each situation, the token apart.
Record parsed(std::string_view rest) {
  const std::string line = fmt::format("{} {}\n", token, rest);
  const auto result = parse(line, token);
  EXPECT_TRUE(std::holds_alternative<Record>(result)) << line;
  if (!std::holds_alternative<Record>(result)) return {};
  Record record = std::get<Record>(result);
  record.frontend = record.backend = {};  // the line goes with this function
  return record;
}

std::optional<Refused> refused(std::string_view line) {
  const auto result = parse(line, token);
  if (const auto* why = std::get_if<Refused>(&result)) return *why;
  return std::nullopt;
}

Time at(std::int64_t ms) {
  return Time(Duration(ms));
}

TEST(TelemetryRecord, OfAnAnswer) {
  const std::string line = fmt::format(
      "{} 3 shop.production shop.production.a s12 200 -- 0 0 16 16 1795443416680 100 - - - - - - 27919 7\n",
      token);
  const auto result = parse(line, token);
  ASSERT_TRUE(std::holds_alternative<Record>(result));
  EXPECT_EQ(std::get<Record>(result), (Record{.frontend = "shop.production",
                                              .backend = "shop.production.a",
                                              .slot = 12,
                                              .asked = at(1795443416680),
                                              .status = 200,
                                              .took = Duration(16),
                                              .lasted = Duration(16),
                                              .weight = 100,
                                              .process = 27919,
                                              .sequence = 7}));
}

TEST(TelemetryRecord, OfAnErrorOfTheReleaseItself) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 500 -- 0 0 2 2 1795443416806 1 0 - - - - - 27919 2");
  EXPECT_EQ(record.status, 500);
  EXPECT_FALSE(record.failed);
  EXPECT_FALSE(record.left);
  EXPECT_EQ(record.took, Duration(2));
}

TEST(TelemetryRecord, OfAConnectionThatWasRefusedThreeTimes) {
  const Record record = parsed(
      "3 shop.production shop.production.b s1 503 SC 3003 -1 -1 3003 1795443416815 1 0 - - - - - 27919 3");
  EXPECT_EQ(record.status, 503);
  EXPECT_EQ(record.slot, 1);
  EXPECT_TRUE(record.failed);
  EXPECT_EQ(record.took, Duration(3003));
}

TEST(TelemetryRecord, OfAnInstanceThatBrokeOffBeforeItsHeaders) {
  const Record record = parsed(
      "3 shop.production shop.production.a s1 502 SH 153 0 -1 205 1795443419826 1 0 - - - - - 27919 4");
  EXPECT_EQ(record.status, 502);
  EXPECT_TRUE(record.failed);
  EXPECT_EQ(record.took, Duration(205));
}

TEST(TelemetryRecord, OfAnInstanceThatBrokeOffInTheMiddleOfItsAnswer) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 200 SD 0 0 2 52 1795443420042 1 0 - - - - - 27919 5");
  EXPECT_EQ(record.status, 200);
  EXPECT_TRUE(record.failed);
  EXPECT_EQ(record.took, Duration(2));
}

TEST(TelemetryRecord, OfAnAnswerThatDidntComeInTime) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 504 sH 0 0 -1 1000 1795443420101 1 0 - - - - - 27919 6");
  EXPECT_EQ(record.status, 504);
  EXPECT_TRUE(record.failed);
  EXPECT_EQ(record.took, Duration(1000));
}

TEST(TelemetryRecord, OfAnAnswerThatCameToAHaltInTheMiddle) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 200 sD 0 0 2 1003 1795443421109 1 0 - - - - - 27919 7");
  EXPECT_TRUE(record.failed);
  EXPECT_EQ(record.took, Duration(2));
}

TEST(TelemetryRecord, OfAnAnswerThatIsntHttp) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 502 PH 0 0 -1 2 1795443422121 1 0 - - - - - 27919 8");
  EXPECT_EQ(record.status, 502);
  EXPECT_FALSE(record.failed);  // the status says it
}

TEST(TelemetryRecord, OfARequestThatAnotherInstanceTook) {
  const Record record =
      parsed("3 shop.production shop.production.a s2 200 -- 0 0 13 13 1795443422130 1 0 - - - - - 27919 9");
  EXPECT_EQ(record.slot, 2);
  EXPECT_FALSE(record.failed);
}

TEST(TelemetryRecord, OfAClientThatLeftWhileTheInstanceWasThinking) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 400 CH 0 0 -1 300 1795443522372 1 0 - - - - - 28799 0");
  EXPECT_TRUE(record.left);
  EXPECT_FALSE(record.failed);
}

TEST(TelemetryRecord, OfAClientThatLeftDuringTheConnect) {
  const Record record =
      parsed("3 shop.production shop.production.b s1 -1 CC 0 -1 -1 505 1795443523258 1 0 - - - - - 28799 3");
  EXPECT_TRUE(record.left);
  EXPECT_EQ(record.status, 0);
}

TEST(TelemetryRecord, OfAClientThatLeftInTheMiddleOfItsRequest) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 -1 CD 0 0 -1 100 1795443424310 1 0 - - - - - 27919 19");
  EXPECT_TRUE(record.left);
  EXPECT_EQ(record.status, 0);
}

TEST(TelemetryRecord, OfAClientThatLeftDuringTheAnswerIsOneOfAnAnswer) {
  const Record record =
      parsed("3 shop.production shop.production.a s1 200 CD 0 0 4 300 1795443522679 1 0 - - - - - 28799 1");
  EXPECT_FALSE(record.left);
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.took, Duration(4));
}

TEST(TelemetryRecord, OfAPreview) {
  EXPECT_TRUE(
      parsed("3 shop.production shop.production.a s1 200 -- 0 0 15 15 1795443422177 1 0 - - - - 1 27919 11")
          .preview);
}

TEST(TelemetryRecord, OfTheCanaryIsOfASession) {
  const Record record = parsed(
      "3 shop.production shop.production.b s1 200 -- 0 0 16 16 1795443416680 1 0 4294967295 - 2500 - - 27919 "
      "4");
  EXPECT_EQ(record.weight, 1);
  EXPECT_EQ(record.session, 4'294'967'295U);
}

TEST(TelemetryRecord, StandsForSeveralRequestsForTheOneOfASessionOrForBoth) {
  const auto with = [](std::string_view drawn, std::string_view session) {
    return parsed(
        fmt::format("3 f b s1 200 -- 0 0 1 1 1795443422201 10 {} {} - 2500 - - 1 1", drawn, session));
  };
  // 10 of 100 thousands of sessions are recorded whole, whatever their last four digits.
  EXPECT_EQ(with("0", "100000").weight, 10);
  EXPECT_EQ(with("0", "100000").session, std::nullopt);
  EXPECT_EQ(with("7", "99999").weight, 0);
  EXPECT_EQ(with("7", "99999").session, 99'999U);
  EXPECT_EQ(with("0", "3000001234").weight, 10);
  EXPECT_EQ(with("0", "3000001234").session, 3'000'001'234U);
}

TEST(TelemetryRecord, OfASessionThatIsRecordedWholeIsSoAtEveryRateThatRecordsMore) {
  for (int session = 0; session < 1'000'000; session += 9'999) {
    bool before = false;
    for (const int one_in : {100, 50, 20, 10, 5, 2, 1}) {
      const Record record = parsed(
          fmt::format("3 f b s1 200 -- 0 0 1 1 1795443422201 {} 0 {} - 2500 - - 1 1", one_in, session));
      EXPECT_TRUE(record.session || !before) << session;
      before = record.session.has_value();
    }
    EXPECT_TRUE(before) << "all are";
  }
}

TEST(TelemetryRecord, WhileAPoolHasNoServerIsOneThatBetsNothing) {
  const Record record = parsed(
      "3 shop.production shop.production.a s1 200 -- 0 0 16 16 1795443416680 0 0 1234 - 2500 - - 27919 5");
  EXPECT_EQ(record.weight, 1);
  EXPECT_EQ(record.session, std::nullopt);
}

TEST(TelemetryRecord, OfWhatTheProxyAnsweredItself) {
  const Record record = parsed(
      "3 shop.production shop.production <NOSRV> 503 LR -1 -1 -1 0 1795443422201 1 0 - - - - - 27919 12");
  EXPECT_EQ(record.slot, 0);
  EXPECT_EQ(record.status, 503);
  EXPECT_FALSE(record.failed);
  EXPECT_EQ(record.took, Duration(0));
}

TEST(TelemetryRecord, OfABackendWithoutAnInstance) {
  const Record record = parsed(
      "3 shop.production shop.production.b <NOSRV> 503 SC -1 -1 -1 0 1795443422217 1 0 - - - - - 27919 14");
  EXPECT_EQ(record.slot, 0);
  EXPECT_TRUE(record.failed);
}

TEST(TelemetryRecord, OfWhatIsntARequestHasNoTime) {
  const Record garbage =
      parsed("3 shop.production shop.production <NOSRV> 400 PR -1 -1 -1 0 - - - - - - - - 27919 15");
  EXPECT_EQ(garbage.asked, Time{});
  EXPECT_EQ(garbage.weight, 1);
  EXPECT_EQ(garbage.session, std::nullopt);
  const Record timeout =
      parsed("3 shop.production shop.production <NOSRV> 408 cR -1 -1 -1 1001 - - - - - - - - 27919 18");
  EXPECT_TRUE(timeout.left);
}

TEST(TelemetryRecord, WithoutTheTokenIsForged) {
  const std::string rest = " 3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1";
  ASSERT_EQ(refused(std::string(token) + rest), std::nullopt);
  EXPECT_EQ(refused(""), Refused::forged);
  EXPECT_EQ(refused("3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1"), Refused::forged);
  EXPECT_EQ(refused("0123456789abcdef0123456789abcdee" + rest), Refused::forged);
  EXPECT_EQ(refused("0123456789abcdef" + rest), Refused::forged);
  EXPECT_EQ(refused(std::string(token) + "0" + rest), Refused::forged);
  EXPECT_EQ(refused(token), Refused::forged);
  const auto nobody = parse(rest, "");
  EXPECT_EQ(std::get<Refused>(nobody), Refused::forged);
}

TEST(TelemetryRecord, OfAWorkersEndIsANotice) {
  EXPECT_EQ(refused("Proxy shop.production stopped (cumulated conns: FE: 24, BE: 0).\n"), Refused::notice);
}

TEST(TelemetryRecord, ThatIsntAsItShouldBeIsMalformed) {
  for (const std::string_view rest : {
           "",                                                                  // nothing
           "2 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - 1 1",                 // the version before
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1",             // too short
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1 1",         // too long
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1 ",          // something after the end
           "3  b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",            // no frontend
           "3 f b x1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",           // not a slot
           "3 f b s0 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",           //
           "3 f b s 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",            //
           "3 f b s1 99 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",            // not a status
           "3 f b s1 600 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",           //
           "3 f b s1 -2 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",            //
           "3 f b s1 200 ---- 0 0 1 1 1795443422201 1 0 - - - - - 1 1",         // not a termination state
           "3 f b s1 200 -- 0.5 0 1 1 1795443422201 1 0 - - - - - 1 1",         // not a time
           "3 f b s1 200 -- -2 0 1 1 1795443422201 1 0 - - - - - 1 1",          //
           "3 f b s1 200 -- 99999999999999999999 0 1 1 1 1 0 - - - - - 1 1",    //
           "3 f b s1 200 -- 0 0 1 1 -1 1 0 - - - - - 1 1",                      // before 1970
           "3 f b s1 200 -- 0 0 1 1 9223372036854775807 1 0 - - - - - 1 1",     //
           "3 f b s1 200 -- 0 0 1 1 1795443422201 -1 0 - - - - - 1 1",          // not a rate
           "3 f b s1 200 -- 0 0 1 1 1795443422201 10 1 - - - - - 1 1",          // stands for nothing
           "3 f b s1 200 -- 0 0 1 1 1795443422201 10 1 100000 - 2500 - - 1 1",  //
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 -1 - 2500 - - 1 1",       // not a session
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 4294967296 - 2500 - - 1 1",
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - 1 1",        // of the version before
           "3 f b s1 200 -- 0 0 1 1 1795443422201 10001 0 - - - - - 1 1",  //
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - 2 1 1",      // neither a preview nor none
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - - 1",      // no process
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 -1",     // no number
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1\n\n",  //
           "3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 12345678901234567890123",
       }) {
    EXPECT_EQ(refused(fmt::format("{} {}", token, rest)), Refused::malformed) << rest;
  }
}

TEST(TelemetryRecord, EveryBeginningOfALineIsRefused) {
  const std::string line = fmt::format("{} 3 f b s1 200 -- 0 0 1 1 1795443422201 1 0 - - - - - 1 1", token);
  for (std::size_t length = 0; length < line.size(); ++length) {
    EXPECT_NE(refused(std::string_view(line).substr(0, length)), std::nullopt) << length;
  }
}

TEST(TelemetryRecord, FormatBeginsWithTheTokenAndNeedsNoEscapesInDoubleQuotes) {
  const std::string format = log_format(token);
  EXPECT_TRUE(format.starts_with(std::string(token) + " 3 "));
  EXPECT_EQ(format.find_first_of("\"\\$#'\n"), std::string::npos);
}

}  // namespace
}  // namespace slipway::drivers::telemetry
