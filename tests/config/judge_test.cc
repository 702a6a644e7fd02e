#include <gtest/gtest.h>

#include "config/config.h"

namespace slipway::config {
namespace {

using judge::Settings;

core::Service service_with_canary(std::string_view canary, std::string_view rest = "") {
  auto service = read(fmt::format("service: shop\nrun: {{command: [./shop]}}\n"
                                  "environments: {{production: {{listen: 127.0.0.1:1, strategy: canary}}}}\n"
                                  "strategy: {{canary: {{{}}}}}\n{}",
                                  canary, rest),
                      "slipway.yaml");
  EXPECT_TRUE(service) << service.error().message;
  return service ? *service : core::Service();
}

Settings judge_of(std::string_view judge, std::string_view rest = "") {
  return service_with_canary(fmt::format("judge: {{{}}}", judge), rest).canary.judge;
}

TEST(Judge, HasDefaultsWhereNothingOrAnEmptySectionIsWritten) {
  EXPECT_EQ(service_with_canary("bake: 1m").canary.judge, Settings());
  EXPECT_EQ(service_with_canary("judge: ").canary.judge, Settings());
  EXPECT_EQ(judge_of("tolerance: , accept: {}"), Settings());
}

TEST(Judge, TakesWhatIsWrittenAndKeepsTheRest) {
  Settings expected;
  expected.alpha = 0.05;
  expected.tolerance = {.errors_ratio = 1.25, .errors_points = 0.001, .latency_ratio = 1.1};
  expected.accept = {
      .beta = 0.01, .errors_ratio = 3, .errors_points = 0.005, .p50 = 1.2, .p90 = 1.3, .p99 = 2};
  expected.minimum_bake = std::chrono::minutes(5);
  EXPECT_EQ(judge_of("alpha: 5%, tolerance: {errors_ratio: 1.25, errors_points: 0.1%, latency_ratio: 1.1}, "
                     "accept: {beta: 1%, errors_ratio: 3, errors_points: 0.5%, p50: 1.2, p90: 1.3, p99: 2}, "
                     "minimum_bake: 5m, strict: false, literal: false"),
            expected);
  Settings one;
  one.accept.p99 = 3;
  EXPECT_EQ(judge_of("accept: {p99: 3}"), one);
  one = {};
  one.strict = true;
  EXPECT_EQ(judge_of("strict: true"), one);
}

TEST(Judge, TakesTheEndsOfEachRange) {
  EXPECT_EQ(judge_of("alpha: 0.01%").alpha, 0.0001);
  EXPECT_EQ(judge_of("alpha: 20%").alpha, 0.2);
  EXPECT_EQ(judge_of("tolerance: {errors_ratio: 1, errors_points: 0%, latency_ratio: 1}").tolerance,
            (Settings::Tolerance{1, 0, 1}));
  EXPECT_EQ(judge_of("tolerance: {errors_ratio: 10, errors_points: 10%, latency_ratio: 10}").tolerance,
            (Settings::Tolerance{10, 0.1, 10}));
  EXPECT_EQ(judge_of("accept: {beta: 0.01%, errors_ratio: 1.05, errors_points: 0%, p50: 1.05}").accept,
            (Settings::Accept{.beta = 0.0001, .errors_ratio = 1.05, .errors_points = 0, .p50 = 1.05}));
}

TEST(Judge, ComparesTheMetricsThatAreNamedAndNoOthers) {
  const Settings named = judge_of("metrics: {errors: 3, p99.9: 1, shape: 0}");
  EXPECT_EQ(named.weights, (std::array<double, judge::metrics>{.75, 0, 0, 0, .25, 0, 0}));
  EXPECT_EQ(judge_of("metrics: {slow: 0.5}").weights,
            (std::array<double, judge::metrics>{0, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(judge_of("metrics: {}"), Settings());
}

TEST(Judge, IsLeftOutWhereOnlyTheTriggersCount) {
  const Settings literal =
      judge_of("literal: true", "rollback_triggers: [{metric: ErrorRate, threshold: 5%, duration: 5m}]\n");
  Settings expected;
  expected.literal = true;
  EXPECT_EQ(literal, expected);
}

TEST(Judge, OfNoneComparesNothingAndKeepsTheTriggers) {
  const core::Service service = service_with_canary(
      "judge: none", "rollback_triggers: [{metric: ErrorRate, threshold: 5%, duration: 5m}]\n");
  EXPECT_FALSE(service.canary.compared);
  EXPECT_EQ(service.canary.judge, Settings());
  EXPECT_FALSE(core::bind(service, "production")->strategy.compared);
  EXPECT_EQ(core::bind(service, "production")->rollback_triggers.size(), 1U);
  EXPECT_TRUE(service_with_canary("judge: {strict: true}").canary.compared);
  EXPECT_TRUE(service_with_canary("judge: ").canary.compared);
}

TEST(Judge, IsBoundForCanariesAlone) {
  const auto service = read(
      "service: shop\nrun: {command: [./shop]}\n"
      "environments:\n  a: {listen: 127.0.0.1:1, strategy: canary}\n  b: {listen: 127.0.0.1:2}\n"
      "strategy: {canary: {judge: {strict: true}}}\n",
      "slipway.yaml");
  ASSERT_TRUE(service);
  EXPECT_TRUE(core::bind(*service, "a")->strategy.judge.strict);
  EXPECT_EQ(core::bind(*service, "b")->strategy.judge, Settings());
}

TEST(Steps, MayEndEarly) {
  const auto steps = service_with_canary(
                         "steps: [{weight: 5, hold: 5m, early: true}, {early: false, weight: 50, hold: 1m}, "
                         "{weight: 100, hold: 1m, early: false}]")
                         .canary.steps;
  using std::chrono::minutes;
  EXPECT_EQ(steps, (std::vector<core::CanaryStep>{
                       {5, minutes(5), true}, {50, minutes(1), false}, {100, minutes(1), false}}));
}

}  // namespace
}  // namespace slipway::config
