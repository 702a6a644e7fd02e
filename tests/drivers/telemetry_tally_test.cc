#include <gtest/gtest.h>

#include "drivers/telemetry/tally.h"

namespace slipway::drivers::telemetry {
namespace {

using std::chrono::seconds;

constexpr Time noon{seconds(1'800'000'000)};

Record record(std::int64_t sequence) {
  return {.frontend = "shop.production",
          .backend = "shop.production.a",
          .slot = 1,
          .asked = noon,
          .status = 200,
          .took = Duration(20),
          .process = 100,
          .sequence = sequence};
}

TEST(TelemetryTally, TellsThatTheClockWasPutBackOnce) {
  Tally tally;
  for (std::int64_t i = 0; i < 4; ++i) {
    Record each = record(i);
    each.asked = noon - (i < 2 ? Duration(0) : Duration(5'000));
    tally.add(each);
  }
  const Telemetry::Batch batch = tally.take();
  EXPECT_EQ(batch.put_back, Duration(5'000));
  EXPECT_EQ(batch.newest, noon);
  tally.add(record(4));
  EXPECT_EQ(tally.take().put_back, Duration::zero());
}

TEST(TelemetryTally, DoesNotTakeARequestThatLastedLongOrASmallCorrectionForAClockThatWasPutBack) {
  Tally tally;
  tally.add(record(0));
  Record download = record(1);
  download.asked = noon - Duration(60'000);
  download.lasted = Duration(60'000);
  tally.add(download);
  Record corrected = record(2);
  corrected.asked = noon - Duration(2'000);
  tally.add(corrected);
  EXPECT_EQ(tally.take().put_back, Duration::zero());
}

TEST(TelemetryTally, CountsByBackendSecondAndInstance) {
  Tally tally;
  Record one = record(0);
  tally.add(one);
  one = record(1);
  one.slot = 2;
  one.weight = 100;
  tally.add(one);
  one = record(2);
  one.asked = noon + Duration(1999);
  one.status = 404;
  tally.add(one);
  one = record(3);
  one.backend = "shop.production.b";
  tally.add(one);

  auto batch = tally.take();
  EXPECT_EQ(batch.received, 4);
  EXPECT_EQ(batch.lost, 0);
  ASSERT_EQ(batch.backends.size(), 2u);
  auto& a = batch.backends["shop.production.a"];
  EXPECT_EQ(a.recorded, 3);
  ASSERT_EQ(a.cells.size(), 2u);
  EXPECT_EQ(a.cells[noon][1].requests, 1);
  EXPECT_EQ(a.cells[noon][2].requests, 100);
  EXPECT_EQ(a.cells[noon][2].recorded, 1);
  EXPECT_EQ(a.cells[noon][2].times.count(), 100);
  EXPECT_EQ(a.cells[noon + seconds(1)][1].by_class[4], 1);
  EXPECT_EQ(a.cells[noon + seconds(1)][1].errors, 0);
  EXPECT_EQ(batch.backends["shop.production.b"].recorded, 1);

  EXPECT_TRUE(tally.take().backends.empty());
}

TEST(TelemetryTally, ErrorsAreStatusesFrom500AndFailedConnections) {
  Tally tally;
  Record one = record(0);
  one.status = 500;
  one.weight = 3;
  one.asked = noon + Duration(7);
  tally.add(one);
  one = record(1);
  one.failed = true;  // in the middle of an answer
  one.asked = noon + Duration(5);
  tally.add(one);
  one = record(2);
  one.failed = true;
  one.status = 0;
  one.asked = noon + Duration(9);
  tally.add(one);

  const auto cell = tally.take().backends["shop.production.a"].cells[noon][1];
  EXPECT_EQ(cell.requests, 5);
  EXPECT_EQ(cell.errors, 5);
  EXPECT_EQ(cell.failures, 2);
  EXPECT_EQ(cell.by_class[5], 3);
  EXPECT_EQ(cell.by_class[2], 1);
  EXPECT_EQ(cell.by_class[0], 1);
  EXPECT_EQ(cell.first_error, noon + Duration(5));
}

TEST(TelemetryTally, AClientThatLeftIsNoRequest) {
  Tally tally;
  Record one = record(0);
  one.left = true;
  one.status = 400;
  one.weight = 2;
  tally.add(one);
  const auto cell = tally.take().backends["shop.production.a"].cells[noon][1];
  EXPECT_EQ(cell.left, 2);
  EXPECT_EQ(cell.recorded, 1);
  EXPECT_EQ(cell.requests, 0);
  EXPECT_EQ(cell.times.count(), 0);
}

TEST(TelemetryTally, PreviewsAreRecordedAndAreNobodysExperience) {
  Tally tally;
  Record one = record(0);
  one.preview = true;
  one.status = 500;
  tally.add(one);
  EXPECT_EQ(tally.last_request("shop.production.a"), std::nullopt);
  const auto batch = tally.take();
  EXPECT_EQ(batch.backends.at("shop.production.a").recorded, 1);
  EXPECT_TRUE(batch.backends.at("shop.production.a").cells.empty());
}

TEST(TelemetryTally, ARecordThatIsThereForItsSessionAloneIsNoRequest) {
  Tally tally;
  Record one = record(0);
  one.weight = 0;
  one.status = 500;
  tally.add(one);
  auto batch = tally.take();
  EXPECT_EQ(batch.backends["shop.production.a"].recorded, 1);
  EXPECT_EQ(batch.backends["shop.production.a"].cells[noon][1], judge::Cell{});
}

// Gives each record the next number.
class Numbering : public Tally {
 public:
  void add(Record one) {
    one.sequence = next_++;
    Tally::add(one);
  }

 private:
  std::int64_t next_ = 0;
};

// One of these users, without a number of its own yet.
Record of_session(std::uint32_t session, std::string_view backend = "shop.production.a") {
  Record one = record(0);
  one.session = session;
  one.canary_weight = 2'500;
  one.backend = backend;
  return one;
}

TEST(TelemetryTally, SessionsBetOnlyWhereTheyAreFollowed) {
  Numbering tally;
  tally.add(of_session(7));
  EXPECT_EQ(tally.take().backends["shop.production.a"].cells[noon][1].betting, std::nullopt);

  tally.follow_sessions("shop.production", judge::Sessions());
  tally.add(of_session(7));
  Record other = of_session(7, "cart.production.a");
  other.frontend = "cart.production";
  tally.add(other);
  auto batch = tally.take();
  EXPECT_EQ(batch.backends["shop.production.a"].cells[noon][1].betting->at({2'500, 1}).sessions, 1);
  EXPECT_EQ(batch.backends["cart.production.a"].cells[noon][1].betting, std::nullopt);

  tally.forget_sessions("shop.production");
  tally.add(of_session(8));
  EXPECT_EQ(tally.take().backends["shop.production.a"].cells[noon][1].betting, std::nullopt);
}

TEST(TelemetryTally, ASessionBetsOnceWithATimeAndOnceWithAnErrorWhicheverReleaseItMeets) {
  Numbering tally;
  tally.follow_sessions("shop.production", judge::Sessions());
  Record one = of_session(7);
  one.weight = 10;
  one.took = Duration(30);
  tally.add(one);
  one.weight = 0;
  one.took = Duration(50);
  tally.add(one);
  one = of_session(7, "shop.production.b");
  one.status = 503;
  tally.add(one);
  tally.add(one);
  tally.add(of_session(6));  // apart from 7
  auto batch = tally.take();

  const auto a = batch.backends["shop.production.a"].cells[noon][1].betting;
  ASSERT_TRUE(a);
  const judge::Betting& of_a = a->at({2'500, 1});
  EXPECT_EQ(of_a.sessions, 2);
  EXPECT_EQ(of_a.requests, 3);
  EXPECT_EQ(of_a.errors, 0);
  EXPECT_EQ(of_a.times.count(), 2);
  EXPECT_EQ(of_a.times.mean(), 25);
  const auto b = batch.backends["shop.production.b"].cells[noon][1].betting;
  ASSERT_TRUE(b);
  const judge::Betting& of_b = b->at({2'500, 1});
  EXPECT_EQ(of_b.sessions, 0) << "it belongs to the release that it met first";
  EXPECT_EQ(of_b.requests, 1);
  EXPECT_EQ(of_b.errors, 1);
  EXPECT_EQ(of_b.times.count(), 0);

  // As at the beginning of the next deployment.
  tally.follow_sessions("shop.production", judge::Sessions());
  tally.add(of_session(7));
  EXPECT_EQ(tally.take().backends["shop.production.a"].cells[noon][1].betting->at({2'500, 1}).sessions, 1);
}

TEST(TelemetryTally, ARequestBetsAtTheWeightAtWhichItWasRouted) {
  Numbering tally;
  tally.follow_sessions("shop.production", judge::Sessions());
  Record one = of_session(7);
  tally.add(one);
  one = of_session(9);
  one.canary_weight = 5'000;
  tally.add(one);
  const auto betting = tally.take().backends["shop.production.a"].cells[noon][1].betting;
  EXPECT_EQ(betting->at({2'500, 1}).sessions, 1);
  EXPECT_EQ(betting->at({5'000, 1}).sessions, 1);
  EXPECT_EQ(betting->at({5'000, 1}).newest, noon);
}

TEST(TelemetryTally, ARequestOfNobodyWhoIsKnownAgainBetsByItselfAtTheRateAtWhichItWasDrawn) {
  Numbering tally;
  tally.follow_sessions("shop.production", judge::Sessions());
  Record one = of_session(7);
  one.session.reset();
  one.alone = true;
  one.stable_one_in = one.weight = 10;
  for (int i = 0; i < 3; ++i) tally.add(one);
  one.status = 500;
  tally.add(one);
  const auto betting = tally.take().backends["shop.production.a"].cells[noon][1].betting;
  const judge::Betting& alone = betting->at({2'500, 10});
  EXPECT_EQ(alone.requests, 4);
  EXPECT_EQ(alone.errors, 1);
  EXPECT_EQ(alone.sessions, 4);
  EXPECT_EQ(alone.times.count(), 4);
}

// Whoever was with stable, of which one request in five was recorded, and moves as the weight rises, would
// come to light as a session of the canary's.
TEST(TelemetryTally, ASessionBetsOnlyIfItWouldHaveBeenRecordedWithEitherReleaseAtEveryRateOfTheTrial) {
  Numbering tally;
  tally.follow_sessions("shop.production", judge::Sessions());
  const auto see = [&](std::uint32_t session, int one_in, Duration later) {
    Record one = of_session(session, "shop.production.b");
    one.stable_one_in = one_in;
    one.asked = noon + later;
    tally.add(one);
  };
  const std::uint32_t of_some = 30 * 10'000, of_all = 0;
  see(of_some, 100, Duration(0));  // the rate of rest holds for a moment
  see(of_some, 1, Duration(500));
  see(of_some, 5, Duration(3'000));
  see(of_all + 1, 5, Duration(3'000));
  see(of_some + 2, 1, Duration(4'000));
  auto cells = tally.take().backends["shop.production.b"].cells;
  EXPECT_EQ(cells[noon][1].betting->at({2'500, 1}).sessions, 1);
  EXPECT_EQ(cells[noon + seconds(3)][1].betting->at({2'500, 1}).sessions, 1);
  EXPECT_TRUE(cells[noon + seconds(4)][1].betting->empty()) << "one in five was recorded before";
}

TEST(TelemetryTally, WhatIsntAnOutcomeBetsNothing) {
  Numbering tally;
  tally.follow_sessions("shop.production", judge::Sessions());
  Record one = of_session(7);
  one.left = true;
  tally.add(one);
  one = of_session(7);
  one.slot = 0;  // no instance was reached
  one.failed = true;
  tally.add(one);
  one = of_session(7);
  one.preview = true;
  tally.add(one);
  one = of_session(7);
  one.session.reset();  // only drawn
  one.weight = 10;
  tally.add(one);
  auto cells = tally.take().backends["shop.production.a"].cells[noon];
  EXPECT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].betting, (std::map<judge::Routed, judge::Betting>{}));
  EXPECT_EQ(cells[0].errors, 1);
  EXPECT_EQ(cells[1].betting, (std::map<judge::Routed, judge::Betting>{}));
  EXPECT_EQ(cells[1].requests, 10);

  tally.add(of_session(7));
  EXPECT_EQ(tally.take().backends["shop.production.a"].cells[noon][1].betting->at({2'500, 1}).sessions, 1)
      << "none of that was its first request";
}

TEST(TelemetryTally, TheLastRequestStaysKnownAfterItWasTaken) {
  Tally tally;
  Record one = record(0);
  one.asked = noon + Duration(40);
  tally.add(one);
  tally.add(record(1));  // asked earlier, ended later
  tally.take();
  EXPECT_EQ(tally.last_request("shop.production.a"), noon + Duration(40));
  EXPECT_EQ(tally.last_request("shop.production.b"), std::nullopt);
}

TEST(TelemetryTally, AGapInTheNumbersIsALossAndTheFirstNumberNone) {
  Tally tally;
  tally.add(record(500));
  tally.add(record(501));
  EXPECT_EQ(tally.take().lost, 0);
  tally.add(record(505));
  EXPECT_EQ(tally.take().lost, 3);
  tally.add(record(506));
  EXPECT_EQ(tally.take().lost, 0);
}

TEST(TelemetryTally, ARecordThatComesLateWasntLost) {
  Tally tally;
  for (const std::int64_t sequence : {1, 2, 5, 4, 3, 6}) tally.add(record(sequence));
  EXPECT_EQ(tally.take().lost, 0);
}

TEST(TelemetryTally, ARecordThatComesTwiceCountsOnceAndHidesNoLoss) {
  Tally tally;
  for (const std::int64_t sequence : {1, 2, 2, 4, 4, 1}) tally.add(record(sequence));
  const auto batch = tally.take();
  EXPECT_EQ(batch.repeated, 3);
  EXPECT_EQ(batch.lost, 1);
  EXPECT_EQ(batch.backends.at("shop.production.a").recorded, 3);
  EXPECT_EQ(batch.backends.at("shop.production.a").cells.at(noon).at(1).requests, 3);
}

TEST(TelemetryTally, KnowsWhatCameTwiceHoweverManyCameBefore) {
  Tally tally;
  constexpr std::int64_t many = 20'000;
  for (std::int64_t sequence = 0; sequence < many; ++sequence) tally.add(record(sequence));
  EXPECT_EQ(tally.take().repeated, 0);
  tally.add(record(many - 1));
  tally.add(record(many - 4'000));
  tally.add(record(2 * many));  // and what lies between is lost
  tally.add(record(2 * many - 1));
  const auto batch = tally.take();
  EXPECT_EQ(batch.repeated, 2);
  EXPECT_EQ(batch.lost, many - 1);
}

TEST(TelemetryTally, EachFrontendOfEachWorkerHasNumbersOfItsOwn) {
  Tally tally;
  tally.add(record(10));
  Record other = record(3);
  other.frontend = "cart.production";
  tally.add(other);
  Record reloaded = record(0);
  reloaded.process = 101;
  tally.add(reloaded);
  tally.add(record(11));
  reloaded.sequence = 1;
  tally.add(reloaded);
  other.sequence = 4;
  tally.add(other);
  EXPECT_EQ(tally.take().lost, 0);
}

TEST(TelemetryTally, AWorkerWithThePidOfAnEarlierOneBeginsAnew) {
  Tally tally;
  tally.add(record(2'000'000));
  tally.add(record(0));
  tally.add(record(2));
  EXPECT_EQ(tally.take().lost, 1);
}

TEST(TelemetryTally, NobodyTakingCostsTheOldestSecondsAndTheirRecordsAreLost) {
  Tally tally;
  constexpr int more = 5;
  for (int i = 0; i < static_cast<int>(Tally::most_seconds) + more; ++i) {
    Record one = record(i);
    one.asked = noon + seconds(i);
    tally.add(one);
  }
  Record one = record(static_cast<std::int64_t>(Tally::most_seconds) + more);
  one.asked = noon - seconds(1);  // too old by now
  tally.add(one);
  const auto batch = tally.take();
  const auto& cells = batch.backends.at("shop.production.a").cells;
  EXPECT_EQ(cells.size(), Tally::most_seconds);
  EXPECT_EQ(cells.begin()->first, noon + seconds(more));
  EXPECT_EQ(batch.lost, more + 1);
}

TEST(TelemetryTally, WhatIsNoRecordIsCountedByItsKind) {
  Tally tally;
  tally.add(Refused::forged);
  tally.add(Refused::forged);
  tally.add(Refused::malformed);
  tally.add(Refused::notice);
  const auto batch = tally.take();
  EXPECT_EQ(batch.forged, 2);
  EXPECT_EQ(batch.malformed, 1);
  EXPECT_EQ(batch.received, 0);
}

}  // namespace
}  // namespace slipway::drivers::telemetry
