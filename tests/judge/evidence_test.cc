#include "judge/evidence.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/json.h"
#include "judge/triggers.h"
#include "judge/verdict.h"

namespace slipway::judge {
namespace {

using Kind = Verdict::Kind;

Evidence of_214_requests(Cause cause) {
  Evidence evidence;
  evidence.cause = cause;
  evidence.evidence = 240;
  evidence.requests = 214;
  evidence.errors = 11;
  evidence.comparisons = {{Metric::errors, 190, {0.051, 0.02, 0.1}, {0.0048, 0.004, 0.006}, {10.6, 4.2, 21}},
                          {Metric::p50, 0.4, {106, 99, 120}, {80, 79, 81}, {1.3, 1.2, 1.5}}};
  evidence.limits = {{errors_above_5_percent, 0.3, 25, 0.004, 0.031, 214}};
  return evidence;
}

TEST(Evidence, SaysHowMuchWorseAReleaseIsAndHowSureThatIs) {
  EXPECT_EQ(
      sentence(of_214_requests(Cause::relative)),
      "errors 5.1 % against 0.48 % (4.2 × to 21 ×, 99 % interval), evidence 240 : 1, limit 100 : 1, 214 "
      "canary requests");
}

TEST(Evidence, ShowsTheMedianForTheShapeOfTheTimes) {
  Evidence evidence = of_214_requests(Cause::relative);
  evidence.leading = Metric::shape;
  EXPECT_EQ(sentence(evidence),
            "p50 106 ms against 80 ms (1.2 × to 1.5 ×, 99 % interval), evidence 240 : 1, limit 100 : 1, 214 "
            "canary requests");
}

TEST(Evidence, SaysWhatIsKnownWhereAnIntervalHasNoEnd) {
  Evidence evidence = of_214_requests(Cause::relative);
  evidence.comparisons[0].ratio.highest = std::numeric_limits<double>::infinity();
  evidence.evidence = 1e12;
  EXPECT_EQ(sentence(evidence),
            "errors 5.1 % against 0.48 % (at least 4.2 ×, 99 % interval), evidence over a million : 1, limit "
            "100 : 1, 214 canary requests");
}

TEST(Evidence, SaysWhatIsRuledOut) {
  EXPECT_EQ(sentence(of_214_requests(Cause::within)),
            "errors above 3.1 % ruled out, no sign of worse than stable, 214 canary requests");
  Evidence evidence = of_214_requests(Cause::not_ruled_out);
  evidence.limits[0].within = 3;
  evidence.limits[0].above = 0.072;
  evidence.limits.push_back({p99_above_a_second, 0.5, 30, 0, 0.004, 214});
  EXPECT_EQ(
      sentence(evidence),
      "more than 0.4 % of times above 1 s ruled out; not ruled out: only errors above 7.2 %, limit 5 %, 214 "
      "canary requests");
}

TEST(Evidence, SaysWhichLimitIsBroken) {
  Evidence evidence = of_214_requests(Cause::trigger);
  evidence.limits[0].beyond = 130;
  evidence.limits[0].value = 0.081;
  EXPECT_EQ(sentence(evidence), "errors 8.1 %, limit 5 %, evidence 130 : 1, 214 canary requests");
  evidence.cause = Cause::environment;
  EXPECT_EQ(
      sentence(evidence),
      "errors 8.1 %, limit 5 %, evidence 130 : 1, and stable is beyond it as well: going back won't help");
}

TEST(Evidence, SaysThatMostFails) {
  EXPECT_EQ(sentence(of_214_requests(Cause::fast_path)),
            "most of the canary's requests fail: 11 errors of 214 canary requests");
}

TEST(Evidence, IsAVerdictWithItsFirstBadRequestWhereItIsUnhealthy) {
  Evidence evidence = of_214_requests(Cause::relative);
  evidence.first_bad = Time(Duration(1000));
  evidence.kind = Kind::unhealthy;
  EXPECT_EQ(verdict(evidence).first_bad, evidence.first_bad);
  EXPECT_EQ(verdict(evidence).reason, sentence(evidence));
  evidence.kind = Kind::held;
  EXPECT_FALSE(verdict(evidence).first_bad);
}

TEST(Evidence, ComesBackFromJsonAsItWas) {
  Evidence evidence = of_214_requests(Cause::rising);
  evidence.kind = Kind::held;
  evidence.leading = Metric::p999;
  evidence.detail = "three";
  evidence.first_bad = Time(Duration(7));
  evidence.comparisons[1].ratio.highest = std::numeric_limits<double>::infinity();
  const Json json = evidence;
  EXPECT_EQ(parse_json(json.dump())->get<Evidence>(), evidence);
  EXPECT_EQ(json.at("leading"), "p99.9");
  EXPECT_TRUE(json.at("comparisons").at(1).at("ratio").at("highest").is_null());
}

TEST(Settings, ComeBackFromJsonAsTheyWereAndKeepDefaultsWhereKeysAreMissing) {
  Settings settings;
  settings.alpha = 0.02;
  settings.strict = true;
  settings.accept.p99 = 2;
  settings.tolerance.errors_points = 0.001;
  EXPECT_EQ(Json(settings).get<Settings>(), settings);
  EXPECT_EQ(Json::object().get<Settings>(), Settings{});
}

}  // namespace
}  // namespace slipway::judge
