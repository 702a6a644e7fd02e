#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "place.h"
#include "support/draws.h"

namespace slipway {
namespace {

using test::Draws;
using test::Place;
using test::Typed;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Log {
  int seconds = 300, requests = 100;  // a second
  double weight = 0.05;
  double canary_errors = 0.005, stable_errors = 0.005;
  std::uint64_t seed = 1;
};

constexpr std::int64_t began = 1'790'000'000;

std::string csv(const Log& log) {
  std::string text = "time,arm,status,latency\n";
  Draws draws(log.seed);
  for (int i = 0; i < log.seconds * log.requests; ++i) {
    const bool canary = draws.share() < log.weight;
    const bool failed = draws.share() < (canary ? log.canary_errors : log.stable_errors);
    const double u = std::max(1e-9, draws.share());
    text += fmt::format("{}.{:02},{},{},{:.1f}\n", began + i / log.requests,
                        i % log.requests * 100 / log.requests, canary ? "canary" : "stable",
                        failed ? 503 : 200, 80 * std::pow(u / (1 - u), 0.35));
  }
  return text;
}

Typed judged(const Place& place, const std::string& text, std::vector<std::string> more = {}) {
  place.write("log.csv", text);
  more.insert(more.begin(), {"judge", "log.csv"});
  return place.type(more);
}

TEST(JudgeRequests, SaysOfEachBadFileWhereItIsWrongAndHowToMendIt) {
  const std::string header = "time,arm,status,latency\n", good = "100,stable,200,41.5\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "log.csv: is empty: its first line must name the columns time,arm,status,latency"},
      {"\n\n", "log.csv: is empty"},
      {header, "log.csv:2: no request follows"},
      {"time,arm,status\n" + good, "log.csv:1: there is no column latency"},
      {"time;arm;status;latency\n",
       "log.csv:1: there is no column time: the first line must name time, arm, status, "
       "latency, with commas between them"},
      {"time,arm,Arm,status,latency\n", "log.csv:1: the column arm is there twice"},
      {header + good + "100,baseline,200,4\n", "log.csv:3: arm \"baseline\" is neither canary nor stable"},
      {header + good + "100,canary,200,4ms\n", "log.csv:3: latency \"4ms\" isn't a number of milliseconds"},
      {header + "100,canary,200,\n", "log.csv:2: latency \"\" isn't a number"},
      {header + "100,canary,200,-1\n", "log.csv:2: latency \"-1\" isn't a number"},
      {header + "100,canary,200,nan\n", "log.csv:2: latency \"nan\" isn't a number"},
      {header + "100,canary,600,4\n", "log.csv:2: status \"600\" isn't one of HTTP, 100 to 599"},
      {header + "100,canary,-,4\n", "log.csv:2: status \"-\" isn't one of HTTP"},
      {header + "yesterday,canary,200,4\n", "log.csv:2: time \"yesterday\" isn't one: write it as 2026-"},
      {header + "2026-02-30T00:00:00Z,canary,200,4\n", "log.csv:2: time \"2026-02-30T00:00:00Z\" isn't one"},
      {header + "2026-02-03T00:00:00,canary,200,4\n", "log.csv:2: time \"2026-02-03T00:00:00\" isn't one"},
      {header + "-1,canary,200,4\n", "log.csv:2: time \"-1\" is before 1970"},
      {header + "1790000000000000,canary,200,4\n", "is too large: seconds or milliseconds"},
      {header + good + "99.9,stable,200,4\n",
       "log.csv:3: time goes back, from 1970-01-01T00:01:40Z to 1970-01-01T00:01:39Z: sort"},
      {header + "100,stable,200\n", "log.csv:2: 3 fields, where the first line names 4"},
      {header + "100,stable,200,41,5\n", "log.csv:2: 5 fields, where"},
      {header + good + "\"100,stable,200,4\n" + good, "log.csv:3: the quote that begins here never ends"},
      {header + "100,sta\"ble,200,4\n", "log.csv:2: a quote within a field"},
      {header + "100,\"stable\" ,200,4\n", "log.csv:2: a field goes on after its closing quote"},
      {header + "100,\"" + std::string(70'000, 'x') + "\",200,4\n",
       "log.csv:2: the quote that begins here doesn't end"},
      {header + std::string(70'000, 'x') + "\n", "log.csv:2: the row is longer than 64 KiB"},
      {header + "100,stable\r,200,4\n", "log.csv:2: a carriage return in the middle"},
      {header + good, "log.csv:3: the file ends without a request of the canary"},
      {header + "100,canary,200,4\n", "log.csv:3: the file ends without a request of stable"},
  };
  const Place place;
  for (const auto& [text, says] : cases) {
    const Typed typed = judged(place, text);
    EXPECT_EQ(typed.code, 2) << text.substr(0, 100);
    EXPECT_THAT(typed.err, HasSubstr(says)) << text.substr(0, 100);
    EXPECT_EQ(typed.out, "");
  }
}

TEST(JudgeRequests, IsToldOfFilesThatArentThereAndOptionsThatCantBe) {
  const Place place;
  EXPECT_THAT(place.type({"judge", "none.csv"}).err, HasSubstr("cannot read none.csv: No such file"));
  EXPECT_EQ(place.type({"judge", "none.csv"}).code, 2);
  EXPECT_THAT(place.type({"judge", "/tmp"}).err, HasSubstr("cannot read /tmp: Is a directory"));
  EXPECT_THAT(place.type({"judge"}).err, HasSubstr("FILE is required"));
  for (const char* weight : {"0", "100", "-1", "nan", "five"})
    EXPECT_THAT(place.type({"judge", "a.csv", "--weight", weight}).err,
                HasSubstr("more than 0 and less than 100"));
  EXPECT_EQ(place.type({"judge", "a.csv", "--alpha", "0.5"}).code, 2);
}

TEST(JudgeRequests, CallsACanaryWithFivePercentErrorsUnhealthyAndSaysWhen) {
  const Place place;
  for (const auto& options :
       {std::vector<std::string>{}, {"--weight", "5"}, {"--strict"}, {"--alpha", "0.05"}}) {
    const Typed typed = judged(place, csv({.canary_errors = 0.05}), options);
    EXPECT_EQ(typed.code, 4) << typed.err;
    EXPECT_EQ(typed.err, "");
    EXPECT_THAT(typed.out, StartsWith("unhealthy: errors "));
    EXPECT_THAT(typed.out, HasSubstr(" s after the canary's first request"));
    EXPECT_THAT(typed.out, HasSubstr("canary requests"));
    EXPECT_THAT(typed.out, HasSubstr("METRIC"));
  }
}

TEST(JudgeRequests, NeverCallsACanaryThatIsAsGoodUnhealthy) {
  const Place place;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Typed typed = judged(place, csv({.seed = seed}));
    EXPECT_THAT(typed.out, Not(HasSubstr("unhealthy"))) << seed;
    EXPECT_TRUE(typed.code == 0 || typed.code == 3) << typed.code;
  }
  // Much traffic, both arms with many errors: it is known to be as good.
  const Typed sure = judged(place, csv({.weight = 0.3, .canary_errors = 0.02, .stable_errors = 0.02}));
  EXPECT_THAT(sure.out, StartsWith("healthy: "));
  EXPECT_EQ(sure.code, 0);
}

TEST(JudgeRequests, TellsHowItWasWithNumbersForPrograms) {
  const Place place;
  const Typed bad = judged(place, csv({.canary_errors = 0.2}), {"--json", "--weight", "5"});
  const Json json = Json::parse(bad.out);
  EXPECT_EQ(bad.code, 4);
  EXPECT_EQ(json.at("verdict"), "unhealthy");
  EXPECT_EQ(json.at("evidence").at("cause"), "relative");
  const auto seen = json.at("evidence").at("seen").get<std::int64_t>();
  EXPECT_EQ(json.at("came").get<std::int64_t>(), began * 1000 + seen);
  EXPECT_FALSE(json.at("read_to_the_end").get<bool>());
  EXPECT_EQ(json.at("requests").at("canary"), json.at("evidence").at("requests"));
  const Json good = Json::parse(judged(place, csv({}), {"--json"}).out);
  EXPECT_TRUE(good.at("read_to_the_end").get<bool>());
  EXPECT_NE(good.at("verdict"), "unhealthy");
}

TEST(JudgeRequests, TakesWhatComesBeforeTheCanaryForWhatIsNormal) {
  const Place place;
  std::string text = csv({.seconds = 120, .weight = 0});
  std::string later = csv({.canary_errors = 1});
  later.erase(0, later.find('\n') + 1);
  for (std::size_t at = later.find("1790000"); at != std::string::npos; at = later.find("1790000", at + 1))
    later.replace(at, 7, "1790001");
  const Json json = Json::parse(judged(place, text + later, {"--json", "--weight", "5"}).out);
  EXPECT_EQ(json.at("evidence").at("cause"), "fast_path");
  EXPECT_LE(json.at("evidence").at("seen").get<std::int64_t>(), 10'000);
}

// One client that fails and asks again and again is one session.
TEST(JudgeRequests, CountsASessionOnceHoweverOftenItFails) {
  Draws draws(3);
  std::string plain = "time,arm,status,latency\n", sessions = "Session , latency,status,arm,time,agent\r\n";
  for (int i = 0; i < 6000; ++i) {
    const bool canary = draws.share() < 0.2;
    const bool stubborn = i > 600 && i % 20 == 0;
    const std::string arm = canary || stubborn ? "canary" : "stable";
    const int status = stubborn ? 500 : 200;
    const auto time = fmt::format("{}", began * 1000 + i * 20);
    plain += fmt::format("{},{},{},{}\n", time, arm, status, 40 + i % 50);
    sessions += fmt::format("{},{},{},\"{}\",{},\"a, \"\"b\"\"\nc\"\r\n",
                            stubborn ? "stubborn" : fmt::format("s{}", i), 40 + i % 50, status, arm, time);
  }
  const Place place;
  EXPECT_EQ(judged(place, plain).code, 4);
  const Typed typed = judged(place, sessions);
  EXPECT_NE(typed.code, 4) << typed.out;
  EXPECT_THAT(typed.out, Not(HasSubstr("unhealthy"))) << typed.err;
}

TEST(JudgeRequests, ReadsTimesAlikeHoweverTheyAreWritten) {
  const Place place;
  const auto rows = [](auto time_of) {
    std::string text = "\xEF\xBB\xBFtime,arm,status,latency,instance\n";
    for (int i = 0; i < 40; ++i)
      text += fmt::format("{},{},200,12,\n", time_of(i), i % 2 == 0 ? "canary" : "stable");
    return text;
  };
  const auto came = [&](const std::string& text) {
    const Typed typed = judged(place, text, {"--json", "--weight", "50"});
    EXPECT_EQ(typed.err, "");
    return Json::parse(typed.out).at("evidence").at("seen").get<std::int64_t>();
  };
  const std::int64_t seconds = came(rows([](int i) { return fmt::format("{}", began + i); }));
  EXPECT_EQ(seconds, 40'000);
  EXPECT_EQ(came(rows([](int i) { return fmt::format("{}.5", (began + i) * 1000); })), seconds);
  EXPECT_EQ(came(rows([](int i) { return format_time(Time(std::chrono::seconds(began + i))); })), seconds);
  EXPECT_EQ(came(rows([](int i) {
              std::string text = format_time(Time(std::chrono::seconds(began + i)));
              text.replace(text.size() - 1, 1, ".123456+02:00");
              return text;
            })),
            seconds);
}

TEST(JudgeRequests, DoesNotSayHealthyOfAFileWithAHole) {
  std::string text = csv({.seconds = 120});
  text += fmt::format("{},stable,200,80\n{},canary,200,80\n", began + 4000, began + 4000);
  const Place place;
  const Typed typed = judged(place, text, {"--weight", "5"});
  EXPECT_EQ(typed.code, 3);
  EXPECT_THAT(typed.out, HasSubstr("are missing"));
}

TEST(JudgeRequests, HoldsACanaryThatGetsFarLessThanItsWeight) {
  const Place place;
  const Typed typed = judged(place, csv({.weight = 0.05}), {"--weight", "50"});
  EXPECT_EQ(typed.code, 3);
  EXPECT_THAT(typed.out, StartsWith("held: the canary got "));
}

TEST(JudgeRequests, ReadsStandardInput) {
  const Place place;
  place.write("in.csv", csv({.canary_errors = 0.2}));
  const int before = ::dup(STDIN_FILENO);
  const int file = ::open((place.root() / "in.csv").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(::dup2(file, STDIN_FILENO), 0);
  const Typed typed = place.type({"judge", "-"});
  if (before >= 0) {
    ::dup2(before, STDIN_FILENO);
    ::close(before);
  }
  ::close(file);
  EXPECT_EQ(typed.code, 4) << typed.err;
  EXPECT_THAT(typed.out, StartsWith("unhealthy: errors "));
}

}  // namespace
}  // namespace slipway
