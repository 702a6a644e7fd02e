#include "judge/judge.h"

#include <gtest/gtest.h>

#include "judge/traffic.h"
#include "judge/triggers.h"

namespace slipway::judge {
namespace {

using Kind = Verdict::Kind;

// Users came at once, and so many of them.
Question question_of(std::vector<Trigger> triggers) {
  return {std::move(triggers), at(0), at(0)};
}

class Judge : public testing::Test {
 protected:
  Verdict after_30_seconds(const Question& question) { return judge(question, canary, stable, at(30)); }
  Experience canary, stable;
};

TEST_F(Judge, SendsUsersBackFromErrors) {
  ask_each_second(canary, 0, 30, 43, 9);
  ask_each_second(stable, 0, 30, 1000, 3);
  const Verdict verdict = after_30_seconds(question_of({errors_for_30_seconds}));
  EXPECT_EQ(verdict.kind, Kind::unhealthy);
  EXPECT_EQ(verdict.reason, "errors 20.9 % over 30 s, limit 5 % (1,290 requests)");
  EXPECT_EQ(verdict.first_bad, at(0) + Duration(500));
}

TEST_F(Judge, SendsUsersBackFromSlowness) {
  ask_each_second(canary, 0, 30, 30, 0, Duration(2413));
  const Verdict verdict = after_30_seconds(question_of({mean_above_2_seconds}));
  EXPECT_EQ(verdict.kind, Kind::unhealthy);
  EXPECT_EQ(verdict.reason, "mean response time 2.41 s over 30 s, limit 2 s (900 requests)");
  EXPECT_EQ(verdict.first_bad, at(0));
}

TEST_F(Judge, SendsUsersBackFromASlowTail) {
  ask_each_second(canary, 0, 30, 98, 0, Duration(5));
  ask_each_second(canary, 0, 30, 2, 0, Duration(90));
  const Verdict verdict = after_30_seconds(
      question_of({{Trigger::Metric::response_time, Trigger::Statistic::p99, 80, seconds(30)}}));
  EXPECT_EQ(verdict.kind, Kind::unhealthy);
  EXPECT_EQ(verdict.reason, "p99 response time 90 ms over 30 s, limit 80 ms (3,000 requests)");
}

TEST_F(Judge, SendsUsersBackFromInstancesThatFellIll) {
  observe_each_second(canary, 0, 30, 1, 4);
  observe_each_second(stable, 0, 30, 4, 4);
  const Verdict verdict = after_30_seconds(question_of({half_healthy}));
  EXPECT_EQ(verdict.kind, Kind::unhealthy);
  EXPECT_EQ(verdict.reason, "25 % of instances healthy at most for 20 s, limit 50 %");
  EXPECT_EQ(verdict.first_bad, at(10));
}

TEST_F(Judge, SendsUsersBackWhereNoInstanceIsHealthy) {
  observe_each_second(canary, 0, 30, 0, 4);
  EXPECT_EQ(after_30_seconds(question_of({half_healthy})).reason, "no instance healthy for 20 s, limit 50 %");
}

TEST_F(Judge, SaysThatAValueIsBeyondTheLimitThatItLooksLike) {
  ask_each_second(canary, 0, 30, 100'000, 5001);
  EXPECT_EQ(after_30_seconds(question_of({errors_for_30_seconds})).reason,
            "errors just above 5 % over 30 s, limit 5 % (3,000,000 requests)");
}

TEST_F(Judge, NamesEveryLimitThatIsBrokenAndTheFirstBadRequestOfAll) {
  ask_each_second(canary, 0, 30, 10, 0, Duration(3000));
  ask(canary, 20, 90, 90, Duration(3000));
  Trigger sooner = mean_above_2_seconds;
  sooner.duration = seconds(10);
  const Verdict verdict =
      after_30_seconds(question_of({errors_for_30_seconds, sooner, mean_above_2_seconds}));
  EXPECT_EQ(verdict.kind, Kind::unhealthy);
  EXPECT_EQ(verdict.reason,
            "mean response time 3 s over 10 s, limit 2 s (190 requests); "
            "mean response time 3 s over 30 s, limit 2 s (390 requests)");
  EXPECT_EQ(verdict.first_bad, at(0));
}

TEST_F(Judge, HoldsWhereStableFailsAsWell) {
  ask_each_second(canary, 0, 30, 50, 10);
  ask_each_second(stable, 0, 30, 100, 19);
  const Verdict verdict = after_30_seconds(question_of({errors_for_30_seconds}));
  EXPECT_EQ(verdict.kind, Kind::held);
  EXPECT_EQ(verdict.reason, "errors 20 % over 30 s, limit 5 %, and stable's are 19 %: going back won't help");
  EXPECT_FALSE(verdict.first_bad);
}

TEST_F(Judge, HoldsWhereStableIsSlowAsWell) {
  ask_each_second(canary, 0, 30, 50, 0, Duration(2500));
  ask_each_second(stable, 0, 30, 50, 0, Duration(2100));
  const Verdict verdict = after_30_seconds(question_of({mean_above_2_seconds}));
  EXPECT_EQ(verdict.kind, Kind::held);
  EXPECT_EQ(verdict.reason,
            "mean response time 2.5 s over 30 s, limit 2 s, and stable's is 2.1 s: going back won't help");
}

TEST_F(Judge, HoldsWhereStableIsIllAsWell) {
  observe_each_second(canary, 0, 30, 1, 4);
  observe_each_second(stable, 0, 30, 0, 4);
  const Verdict verdict = after_30_seconds(question_of({half_healthy}));
  EXPECT_EQ(verdict.kind, Kind::held);
  EXPECT_EQ(verdict.reason,
            "25 % of instances healthy at most for 20 s, limit 50 %, and 0 % of stable's at most: "
            "going back won't help");
}

TEST_F(Judge, SendsUsersBackWhereStableFailedForAMomentOnly) {
  ask_each_second(canary, 0, 30, 50, 10);
  ask_each_second(stable, 0, 20, 100);
  ask_each_second(stable, 20, 30, 100, 50);
  EXPECT_EQ(after_30_seconds(question_of({errors_for_30_seconds})).kind, Kind::unhealthy);
}

TEST_F(Judge, SendsUsersBackWhereStableHasTooFewRequestsToShareTheBlame) {
  ask_each_second(canary, 0, 30, 50, 10);
  ask_each_second(stable, 0, 30, 1, 1);
  EXPECT_EQ(after_30_seconds(question_of({errors_for_30_seconds})).kind, Kind::unhealthy);
}

TEST_F(Judge, SendsUsersBackThoughAnotherLimitIsBrokenByBoth) {
  ask_each_second(canary, 0, 30, 50, 10, Duration(3000));
  ask_each_second(stable, 0, 30, 50, 10, Duration(40));
  const Verdict verdict = after_30_seconds(question_of({errors_for_30_seconds, mean_above_2_seconds}));
  EXPECT_EQ(verdict.kind, Kind::unhealthy);
  EXPECT_EQ(verdict.reason, "mean response time 3 s over 30 s, limit 2 s (1,500 requests)");
}

TEST_F(Judge, SendsUsersBackInAStepThatHasJustBegun) {
  ask_each_second(canary, 0, 30, 50, 10);
  EXPECT_EQ(after_30_seconds({{errors_for_30_seconds}, at(0), at(30)}).kind, Kind::unhealthy);
}

TEST_F(Judge, CannotSayFromFewRequests) {
  ask_each_second(canary, 0, 20, 100);  // before this step
  ask_each_second(canary, 20, 30, 4);
  ask(canary, 30, 9);
  EXPECT_EQ(judge({{errors_for_30_seconds, half_healthy}, at(0), at(20)}, canary, stable, at(30)),
            (Verdict{Kind::undecided, "40 requests in this step, and it takes 50 to judge", std::nullopt}));
  EXPECT_EQ(judge({{errors_for_30_seconds}, at(0), at(20)}, canary, stable, at(30) + Duration(1)).reason,
            "49 requests in this step, and it takes 50 to judge");
  ask(canary, 30, 1);
  EXPECT_EQ(judge({{errors_for_30_seconds}, at(0), at(20)}, canary, stable, at(30) + Duration(1)).kind,
            Kind::healthy);
}

TEST_F(Judge, CannotSayOfErrorsThatHaveNotLastedYet) {
  ask_each_second(canary, 0, 12, 50, 10);
  const Verdict verdict = judge(question_of({errors_for_30_seconds}), canary, stable, at(12));
  EXPECT_EQ(verdict.kind, Kind::undecided);
  EXPECT_EQ(verdict.reason,
            "errors 20 % over 12 s, limit 5 % for 30 s: neither broken for so long nor ruled out");
}

TEST_F(Judge, CallsACanaryHealthyOnceABurstIsPastTheStep) {
  ask_each_second(canary, 0, 8, 50, 50);
  ask_each_second(canary, 8, 30, 50);
  EXPECT_EQ(after_30_seconds(question_of({errors_for_30_seconds})).kind, Kind::undecided);
  EXPECT_EQ(after_30_seconds({{errors_for_30_seconds}, at(0), at(10)}).kind, Kind::healthy);
}

TEST_F(Judge, SaysWhatIsRuledOutOfAHealthyCanary) {
  ask_each_second(canary, 0, 30, 1000, 4, Duration(38));
  observe_each_second(canary, 0, 30, 4, 4);
  EXPECT_EQ(after_30_seconds(question_of({errors_for_30_seconds, mean_above_2_seconds, half_healthy})),
            (Verdict{Kind::healthy, "errors 0.4 %, mean 38 ms, all instances healthy: within every limit",
                     std::nullopt}));
}

TEST_F(Judge, SaysHowFewInstancesWereHealthy) {
  observe_each_second(canary, 0, 30, 4, 4);
  canary.observe(at(25), 3, 4);
  EXPECT_EQ(after_30_seconds(question_of({half_healthy})).reason,
            "75 % of instances healthy at least: within every limit");
}

TEST_F(Judge, SaysAFigureOnceThatTwoLimitsSpeakOf) {
  ask_each_second(canary, 0, 30, 1000, 4);
  Trigger shorter = errors_for_30_seconds;
  shorter.duration = seconds(10);
  EXPECT_EQ(after_30_seconds(question_of({errors_for_30_seconds, shorter})).reason,
            "errors 0.4 %: within every limit");
}

TEST_F(Judge, GoesByTheWholeStepWhereADurationHasTooFewRequests) {
  ask_each_second(canary, 0, 30, 2);
  Trigger shorter = errors_for_30_seconds;
  shorter.duration = seconds(10);
  const Verdict verdict = after_30_seconds(question_of({shorter, mean_above_2_seconds, half_healthy}));
  EXPECT_EQ(verdict.kind, Kind::healthy);
  EXPECT_EQ(verdict.reason,
            "errors 0 %, mean 40 ms, health of instances not known: no limit broken that can be seen");

  ask(canary, 1, 20, 20);
  const Verdict bad = after_30_seconds(question_of({shorter}));
  EXPECT_EQ(bad.kind, Kind::undecided);
  EXPECT_EQ(bad.reason,
            "errors 25 % over 30 s, limit 5 % for 10 s: neither broken for so long nor ruled out");
}

TEST_F(Judge, IsUndecidedOnceNothingIsSeenAnyMore) {
  ask_each_second(canary, 0, 10, 10);
  Trigger shorter = errors_for_30_seconds;
  shorter.duration = seconds(15);
  EXPECT_EQ(after_30_seconds(question_of({shorter})),
            (Verdict{Kind::undecided, "no request was seen for 15 s", std::nullopt}));
  ask(canary, 20, 1);
  EXPECT_EQ(after_30_seconds(question_of({shorter})).kind, Kind::healthy);
}

TEST_F(Judge, NeedsNoRequestsWhereNoLimitSpeaksOfThem) {
  observe_each_second(canary, 0, 30, 4, 4);
  EXPECT_EQ(after_30_seconds(question_of({half_healthy})).kind, Kind::healthy);
  EXPECT_EQ(after_30_seconds(question_of({})), (Verdict{Kind::healthy, "no limits to break", std::nullopt}));
}

}  // namespace
}  // namespace slipway::judge
