#include "server/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/drains.h"
#include "watching.h"

namespace slipway::server {
namespace {

using judge::Verdict;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(OneIn, RecordsAllOfStableAtLowRates) {
  EXPECT_EQ(one_in({.stable = 0}, 100), 1);
  EXPECT_EQ(one_in({.stable = 500, .canary = 20}, 100), 1);
}

TEST(OneIn, RecordsAboutAsManyOfStableAsTheCanaryHas) {
  EXPECT_EQ(one_in({.stable = 20'000, .canary = 1'000}, 100), 20);
  EXPECT_EQ(one_in({.stable = 20'000, .canary = 10'000}, 100), 2);
}

TEST(OneIn, RecordsFiveHundredASecondAtLeast) {
  EXPECT_EQ(one_in({.stable = 4'900, .canary = 10}, 100), 5);
  EXPECT_EQ(one_in({.stable = 1'000'000, .canary = 10}, 100), 100);
}

TEST(OneIn, RecordsMoreAtOnceAndLessOnlyWhenItIsSurelyEnough) {
  EXPECT_EQ(one_in({.stable = 2'400}, 5), 2);
  EXPECT_EQ(one_in({.stable = 2'600}, 2), 2);
  EXPECT_EQ(one_in({.stable = 3'200}, 2), 5);
  EXPECT_EQ(one_in({.stable = 3'000}, 1), 2) << "what is surely enough, where the next isn't";
}

TEST(Loss, IsWhatWasCountedAndNotRecorded) {
  Loss loss(2, core::Pool::b);
  loss.record(7);
  EXPECT_EQ(loss.recorded(), std::nullopt) << "nothing was counted yet";
  loss.count(1'000);
  loss.count(1'300);
  loss.record(290);
  EXPECT_EQ(loss.counted(), 300);
  EXPECT_EQ(loss.recorded(), 290);
}

TEST(Loss, GoesOnBehindAProxyThatStartsAnew) {
  Loss loss(2, core::Pool::b);
  loss.count(1'000);
  loss.count(1'100);
  loss.count(30);
  loss.count(40);
  EXPECT_EQ(loss.counted(), 110);
}

TEST(Loss, IsComplainedOfOnceAndOnlyWhenRecordsHadTimeToCome) {
  Loss loss(2, core::Pool::b);
  std::vector<std::string> complaints;
  for (int second = 0; second < 30; ++second) {
    loss.count(second * 100);
    loss.record(second < 10 ? 0 : 90);
    if (auto complaint = loss.complaint()) complaints.push_back(*complaint);
    if (second < 10) {
      EXPECT_THAT(complaints, IsEmpty()) << "at second " << second;
    }
  }
  EXPECT_THAT(complaints, ElementsAre(HasSubstr("requests that the proxy gave to the canary only")));
}

TEST_F(Watching, SaysAVerdictWhereTheStateHasAnother) {
  pass(3, 100, 5, 0);
  EXPECT_THAT(delivered, testing::Each(Verdict::Kind::undecided));
  EXPECT_EQ(delivered.size(), 3U) << "as long as the state doesn't have it";
  state().deployment->verdict = Verdict{Verdict::Kind::undecided, "too few requests", {}};
  pass(2, 100, 5, 0);
  EXPECT_EQ(delivered.size(), 3U);
  state().deployment->stages.front().duration = Duration(15'000);
  pass(8, 100, 40, 0);
  EXPECT_EQ(delivered.size(), 3U) << "before the hold's end nothing more is to be said";
  pass(2, 100, 40, 0);
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy);
}

TEST_F(Watching, SaysANewReasonWhenSomethingIsAboutToFollowFromIt) {
  state().deployment->verdict = Verdict{Verdict::Kind::undecided, "0 requests in this step", {}};
  state().deployment->stages = {{core::Stage::Kind::hold, 25, Duration(5'000)}};
  pass(3, 100, 5, 0);
  EXPECT_THAT(delivered, IsEmpty());
  pass(1, 100, 5, 0);
  EXPECT_THAT(delivered, ElementsAre(Verdict::Kind::undecided));
}

TEST_F(Watching, CountsRequestsThatHungWhenTheyEnd) {
  pass(40, 0, 0, 0);
  turning.now([&] { record(core::Pool::b, 200, 200); });
  auto& cells = batch.backends.at("shop.production.b").cells;
  auto asked_long_ago = cells.extract(cells.begin());
  asked_long_ago.key() -= Duration(35'000);
  cells.insert(std::move(asked_long_ago));
  pass(2, 0, 0, 0);
  EXPECT_EQ(delivered.back(), Verdict::Kind::unhealthy);
}

TEST_F(Watching, SaysUnhealthyUntilUsersAreBroughtBack) {
  pass(12, 100, 100, 20);
  ASSERT_FALSE(delivered.empty());
  EXPECT_EQ(delivered.back(), Verdict::Kind::unhealthy);
  state().deployment->verdict = Verdict{Verdict::Kind::unhealthy, "errors", {}};
  const std::size_t before = delivered.size();
  pass(1, 100, 100, 20);
  EXPECT_EQ(delivered.size(), before + 1);
  state().deployment->undoing = true;
  pass(1, 100, 100, 20);
  EXPECT_EQ(delivered.size(), before + 1);
}

TEST_F(Watching, HoldsItsTongueWhileNothingCanBeJournalled) {
  suspended = true;
  pass(12, 100, 100, 20);
  EXPECT_THAT(delivered, IsEmpty());
  suspended = false;
  pass(1, 100, 100, 20);
  EXPECT_THAT(delivered, ElementsAre(Verdict::Kind::unhealthy));
}

TEST_F(Watching, DoesNotTakeTimeBeforeItsOwnStartForSeen) {
  state().deployment->exposed = clock.time - Duration(3'600'000);
  pass(5, 0, 200, 100);
  EXPECT_THAT(delivered, testing::Not(testing::Contains(Verdict::Kind::unhealthy)))
      << "the trigger holds for ten seconds, of which five were seen";
  pass(7, 0, 200, 100);
  EXPECT_EQ(delivered.back(), Verdict::Kind::unhealthy);
}

TEST_F(Watching, ForgetsWhatAPoolsEarlierFleetDid) {
  pass(12, 100, 100, 20);
  ASSERT_EQ(delivered.back(), Verdict::Kind::unhealthy);
  delivered.clear();
  state().canary = fleet(3, "1.2.0", core::Pool::b);
  state().deployment->record.number = 3;
  state().deployment->exposed = state().deployment->step = clock.time;
  pass(11, 100, 100, 0);
  EXPECT_THAT(delivered, testing::Not(testing::Contains(Verdict::Kind::unhealthy)));
}

TEST_F(Watching, ShowsWhatUsersExperience) {
  pass(40, 50, 10, 1);
  Impression seen;
  turning.now([&] { seen = witness->impression(shop); });
  ASSERT_TRUE(seen.stable && seen.canary);
  EXPECT_FALSE(seen.previous);
  EXPECT_DOUBLE_EQ(seen.stable->requests_per_second, 50);
  EXPECT_DOUBLE_EQ(seen.canary->requests_per_second, 10);
  EXPECT_EQ(seen.canary->errors, 0.1);
  EXPECT_EQ(seen.canary->p99, Duration(20));
  ASSERT_EQ(seen.canary->seconds.size(), 30U);
  EXPECT_EQ(seen.canary->seconds.back().requests, 10);
  EXPECT_EQ(seen.canary->seconds.back().time, clock.time - Duration(1'000));
  EXPECT_EQ(seen.received, 40 * 60);
  ASSERT_TRUE(seen.verdict);
}

TEST_F(Watching, RecordsAllOfStableWhileACanaryHasUsersAndTellsSoAgain) {
  pass(2, 100, 10, 0);
  EXPECT_THAT(rates, ElementsAre(1));
  pass(10, 100, 10, 0);
  EXPECT_THAT(rates, ElementsAre(1, 1)) << "a proxy that came back has forgotten it";
  state().deployment.reset();
  pass(15, 100, 0, 0);
  EXPECT_THAT(rates, ElementsAre(1, 1, 100));
}

TEST_F(Watching, RecordsAsMuchAsANewWeightNeedsAtOnceAndStaysThere) {
  pass(12, 12'000, 4'000, 0);
  ASSERT_EQ(rates.back(), 2);
  rates.clear();
  state().traffic.wanted->weight = state().traffic.applied->weight = 5;
  turning.now([this] { witness->changed(state()); });
  settle();
  EXPECT_THAT(rates, ElementsAre(10)) << "16,000 requests a second, of which 800 come to the canary";
  pass(12, 15'200, 800, 0);
  EXPECT_THAT(rates, Each(10));
}

TEST_F(Watching, TellsARateAgainWhereItFailed) {
  proxy_is_down = true;
  pass(2, 100, 10, 0);
  proxy_is_down = false;
  pass(2, 100, 10, 0);
  EXPECT_THAT(rates, ElementsAre(1, 1, 1));
}

TEST_F(Watching, ComparesTheCanarysRecordsWithTheProxysCounter) {
  counted = 500;
  pass(1, 100, 10, 0);
  counted = 520;
  pass(1, 100, 19, 0);
  Impression seen;
  turning.now([&] { seen = witness->impression(shop); });
  EXPECT_EQ(seen.counted, 20);
  EXPECT_EQ(seen.recorded, 19);
  state().stable = std::exchange(state().canary, std::nullopt);
  pass(2, 0, 50, 0);
  turning.now([&] { seen = witness->impression(shop); });
  EXPECT_EQ(seen.recorded, 19) << "only a part of a promoted release's requests is recorded";
  state().deployment.reset();
  pass(1, 0, 50, 0);
  turning.now([&] { seen = witness->impression(shop); });
  EXPECT_EQ(seen.counted, std::nullopt);
}

TEST_F(Watching, GoesOnWithTheHearingOfADaemonThatDied) {
  pass(30, 60, 20, 0);
  state().deployment->stages.front().duration = Duration(31'000);
  turning.now([this] { witness.emplace(turning.loop, *workers, clock, doors()); });
  pass(2, 60, 20, 0);
  EXPECT_EQ(delivered.back(), Verdict::Kind::healthy) << "two seconds alone would not be enough";
}

TEST_F(Watching, BeginsAnewWhereTheCheckpointIsOfAnotherDeployment) {
  pass(30, 60, 20, 0);
  state().deployment->stages.front().duration = Duration(31'000);
  state().deployment->record.started += Duration(1);
  turning.now([this] { witness.emplace(turning.loop, *workers, clock, doors()); });
  pass(2, 60, 20, 0);
  EXPECT_EQ(delivered.back(), Verdict::Kind::undecided);
}

TEST_F(Watching, KeepsAHearingAsLongAsADeploymentIsUnderWay) {
  pass(1, 60, 20, 0);
  EXPECT_FALSE(checkpoint.is_null());
  state().deployment->undoing = true;
  pass(1, 60, 20, 0);
  EXPECT_TRUE(checkpoint.is_null());
}

TEST_F(Watching, FindsACanaryThatIsWorseThanStableWithinItsLimits) {
  state().canary->bound.rollback_triggers.clear();
  state().canary->bound.strategy.steps = {{25, Duration(600'000)}, {100}};
  pass(10, 60, 20, 0);
  delivered.clear();
  pass(60, 60, 20, 1);
  ASSERT_FALSE(delivered.empty());
  EXPECT_EQ(delivered.back(), Verdict::Kind::unhealthy);
}

TEST_F(Watching, FollowsSessionsFromADeploymentsBeginToItsEnd) {
  pass(1, 60, 20, 0);
  EXPECT_GE(sessions_begun, 1);
  const int begun = sessions_begun;
  pass(5, 60, 20, 0);
  EXPECT_EQ(sessions_begun, begun);
  EXPECT_EQ(sessions_forgotten, 0);
  state().deployment.reset();
  pass(1, 60, 0, 0);
  EXPECT_EQ(sessions_forgotten, 1);
}

TEST_F(Watching, IsLateOnceAndJudgesEachSecondOnce) {
  pass(5, 60, 20, 0);
  turning.now([&] {
    record(core::Pool::b, 20, 0);
    clock.time += Duration(700);
    witness->look();
    record(core::Pool::b, 20, 0);
    clock.time += Duration(300);
    witness->look();
  });
  pass(5, 60, 20, 0);
  const Json last = checkpoint.at("hearing").at("last");
  EXPECT_EQ(last.get<Time>(), clock.time - Duration(1'000));
}

TEST(Experiences, KeepsWhatTriggersLookBackTo) {
  core::TargetState state;
  state.stable = fleet(1, "1.0.0", core::Pool::a);
  EXPECT_EQ(memory_of(state), Duration(70'000));
  state.deployment = core::Deployment{};
  EXPECT_EQ(memory_of(state), Duration(80'000));
}

// Ends every wait at once.
class Emptied final : public drivers::Hand {
 public:
  std::optional<core::Outcome> observe(const core::Effect&) override { return std::nullopt; }
  core::Outcome perform(const core::Effect&) override { return {.status = status, .message = {}}; }
  core::Outcome::Status status = core::Outcome::Status::done;
};

TEST(Drains, SayWhenTheLastRequestWasAsked) {
  Emptied proxy;
  std::string asked_of;
  Drains drains(proxy, [&](const std::string& backend) {
    asked_of = backend;
    return Time(Duration(1'234));
  });
  const core::Effect effect{{shop, 9, 0}, core::AwaitDrained{core::Pool::b, Duration(30'000)}};
  EXPECT_EQ(drains.perform(effect).last_request, Time(Duration(1'234)));
  EXPECT_EQ(asked_of, "shop.production.b");
  proxy.status = core::Outcome::Status::unavailable;
  EXPECT_EQ(drains.perform(effect).last_request, std::nullopt);
}

}  // namespace
}  // namespace slipway::server
