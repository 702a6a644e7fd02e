#include "judge/experience.h"

#include <gtest/gtest.h>

#include "judge/traffic.h"

namespace slipway::judge {
namespace {

TEST(Experience, SumsTheSecondsThatBeginInASpan) {
  Experience experience;
  ask(experience, 0, 1);
  ask(experience, 1, 10);
  ask(experience, 2, 100);
  ask(experience, 3, 1000);
  EXPECT_EQ(experience.sum(at(1), at(3)).requests, 110);
  EXPECT_EQ(experience.sum(at(0) + Duration(1), at(2) + Duration(1)).requests, 110);
  EXPECT_EQ(experience.sum(at(3), at(1)).requests, 0);
}

TEST(Experience, RoundsASecondDown) {
  Experience experience;
  Cell cell;
  cell.requests = 3;
  experience.add(at(5) + Duration(999), 1, cell);
  EXPECT_EQ(experience.sum(at(5), at(6)).requests, 3);
}

TEST(Experience, AddsWhatIsSaidOfASecondInParts) {
  Experience experience;
  Cell first;
  first.recorded = 1;
  first.requests = 10;
  first.errors = 10;
  first.failures = 10;
  first.left = 20;
  first.by_class[0] = 10;
  first.first_error = at(0) + Duration(700);
  first.times.add(Duration(5), 10);
  Cell second = first;
  second.first_error = at(0) + Duration(300);
  experience.add(at(0), 1, first);
  experience.add(at(0), 1, second);
  experience.add(at(0), 1, Cell{});
  const Cell sum = experience.sum(at(0), at(1));
  EXPECT_EQ(sum.recorded, 2);
  EXPECT_EQ(sum.requests, 20);
  EXPECT_EQ(sum.errors, 20);
  EXPECT_EQ(sum.failures, 20);
  EXPECT_EQ(sum.left, 40);
  EXPECT_EQ(sum.by_class[0], 20);
  EXPECT_EQ(sum.by_class[2], 0);
  EXPECT_EQ(sum.first_error, at(0) + Duration(300));
  EXPECT_EQ(sum.times.count(), 20);
}

TEST(Experience, AddsWhatSessionsMayBetWithWhereTheyAreFollowed) {
  Cell unknown;
  Cell known;
  Betting betting{.requests = 3, .errors = 1, .sessions = 2, .times = {}, .newest = {}};
  betting.times.add(Duration(5));
  known.betting = {{Routed{500, 1}, betting}};
  Experience experience;
  experience.add(at(0), 1, unknown);
  EXPECT_EQ(experience.sum(at(0), at(1)).betting, std::nullopt);
  experience.add(at(0), 1, known);
  EXPECT_EQ(experience.sum(at(0), at(1)).betting, known.betting);
  experience.add(at(0), 2, known);
  experience.add(at(0), 2, unknown);
  Cell later;
  later.betting = {{Routed{2'500, 1}, betting}};
  experience.add(at(0), 2, later);
  const auto sum = experience.sum(at(0), at(1)).betting;
  ASSERT_TRUE(sum);
  ASSERT_EQ(sum->size(), 2U) << "at the odds of before, and of after a change of the weight";
  const Betting& before = sum->at(Routed{500, 1});
  EXPECT_EQ(before.requests, 6);
  EXPECT_EQ(before.errors, 2);
  EXPECT_EQ(before.sessions, 4);
  EXPECT_EQ(before.times.count(), 2);
  EXPECT_EQ(sum->at(Routed{2'500, 1}), betting);
}

TEST(Experience, KeepsInstancesApart) {
  Experience experience;
  ask(experience, 0, 1, 0, Duration(40), 1);
  ask(experience, 0, 10, 0, Duration(40), 2);
  ask(experience, 1, 100, 0, Duration(40), 2);
  EXPECT_EQ(experience.of_instance(1, at(0), at(2)).requests, 1);
  EXPECT_EQ(experience.of_instance(2, at(0), at(2)).requests, 110);
  EXPECT_EQ(experience.of_instance(3, at(0), at(2)), Cell{});
  EXPECT_EQ(experience.sum(at(0), at(2)).requests, 111);
}

TEST(Experience, ForgetsSecondsThatAreWhollyBefore) {
  Experience experience;
  ask(experience, 0, 1);
  ask(experience, 1, 10);
  ask(experience, 2, 100);
  experience.forget_before(at(1) + Duration(500));
  EXPECT_EQ(experience.sum(at(0), at(9)).requests, 110);
}

TEST(Experience, KnowsWhatIsLongPastByTheMinute) {
  Experience experience;
  for (int second = 0; second < 300; ++second) ask(experience, second, 1);
  const Time minute = std::chrono::ceil<std::chrono::minutes>(at(0));
  experience.condense_before(at(290));
  EXPECT_EQ(experience.sum(at(-60), at(360)).requests, 300);
  EXPECT_EQ(experience.sum(minute, at(360)).requests, 300 - (minute - at(0)) / std::chrono::seconds(1));
  EXPECT_EQ(experience.of_instance(0, at(0), at(290)), Cell{});
  experience.forget_before(at(300));
  EXPECT_LE(experience.sum(at(-60), at(360)).requests, 60);
}

TEST(Experience, KnowsTheSharesOfHealthyInstancesThatWereObserved) {
  Experience experience;
  experience.observe(at(0), 4, 4);
  experience.observe(at(1) + Duration(200), 1, 4);
  experience.observe(at(3), 2, 4);
  experience.observe(at(4), 0, 0);
  ask(experience, 2, 100);
  const Experience::Health health = experience.health(at(1), at(5));
  EXPECT_EQ(health.lowest, 0.25);
  EXPECT_EQ(health.highest, 0.5);
  EXPECT_EQ(health.seconds, 2);
  EXPECT_EQ(experience.health(at(5), at(9)).seconds, 0);
}

TEST(Experience, TakesTheLastWordOnASecondsHealth) {
  Experience experience;
  experience.observe(at(0), 1, 4);
  experience.observe(at(0) + Duration(900), 3, 4);
  EXPECT_EQ(experience.health(at(0), at(1)).lowest, 0.75);
  EXPECT_EQ(experience.health(at(0), at(1)).highest, 0.75);
}

}  // namespace
}  // namespace slipway::judge
