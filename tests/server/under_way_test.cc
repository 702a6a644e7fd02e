#include "server/under_way.h"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

using Slot = drivers::HaproxyTraffic::Counts::Slot;
using Buckets = std::vector<judge::Histogram::Bucket>;

constexpr Time noon{std::chrono::seconds(1'800'000'000)};

std::uint16_t aged(int seconds) {
  return judge::Histogram::index_of(std::chrono::seconds(seconds));
}

// One instance, looked at each second.
class Watched {
 public:
  // Since the last look so many were begun, and so many of all settled; so many are in flight.
  Buckets second(std::int64_t begun, std::int64_t settled, std::int64_t in_flight) {
    slot_.started += begun;
    slot_.settled += settled;
    slot_.in_flight = in_flight;
    return look();
  }
  void other_workers() { workers_ = {workers_.front() + 1}; }
  void restart() { slot_ = {}; }

 private:
  Buckets look() {
    under_way_.look(noon + std::chrono::seconds(second_++), workers_, {{3, slot_}});
    const auto ages = under_way_.ages();
    return ages.contains(3) ? ages.at(3) : Buckets{};
  }
  UnderWay under_way_;
  Slot slot_;
  std::vector<int> workers_{100};
  int second_ = 0;
};

TEST(UnderWay, OfAnInstanceThatHangsGrowsOlderEachSecond) {
  Watched instance;
  EXPECT_EQ(instance.second(10, 10, 0), Buckets{});
  EXPECT_EQ(instance.second(10, 0, 10), (Buckets{{aged(0), 10}}));
  EXPECT_EQ(instance.second(10, 0, 20), (Buckets{{aged(0), 10}, {aged(1), 10}}));
  EXPECT_EQ(instance.second(5, 0, 25), (Buckets{{aged(0), 5}, {aged(1), 10}, {aged(2), 10}}));
  EXPECT_EQ(instance.second(0, 25, 0), Buckets{}) << "it went on";
}

TEST(UnderWay, OfAnInstanceThatIsOnlyBusyIsNeverOld) {
  Watched instance;
  for (int i = 0; i < 100; ++i) {
    const Buckets now = instance.second(1000, i == 0 ? 980 : 1000, 20);
    EXPECT_EQ(now, (Buckets{{aged(0), 20}}));
  }
}

TEST(UnderWay, OfAnInstanceThatHangsNowAndThenShowsOnceMoreHangThanBeginInASecond) {
  Watched instance;
  for (int i = 1; i <= 30; ++i) {
    const Buckets now = instance.second(100, 90, 10 * i);
    std::int64_t all = 0, old = 0;
    for (const auto& [index, count] : now) {
      all += count;
      old += index > aged(0) ? count : 0;
    }
    EXPECT_EQ(all, 10 * i);
    EXPECT_EQ(old, std::max(0, 10 * i - 100));
    EXPECT_LE(old, 10 * (i - 1)) << "no more than do hang";
  }
}

TEST(UnderWay, IsNoAnswerThatGoesOnAndNoWebSocket) {
  Watched instance;
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(instance.second(5, 5, 5 * i), Buckets{});
  EXPECT_EQ(instance.second(7, 0, 57), (Buckets{{aged(0), 7}}));
}

TEST(UnderWay, IsNotMoreThanIsInFlightWhenAFailureWasCountedNowhere) {
  Watched instance;
  EXPECT_EQ(instance.second(10, 6, 4), (Buckets{{aged(0), 4}}));
  // Three of them went away, and nothing says so.
  EXPECT_EQ(instance.second(0, 0, 1), (Buckets{{aged(1), 1}}));
  EXPECT_EQ(instance.second(0, 1, 0), Buckets{});
  EXPECT_EQ(instance.second(2, 0, 2), (Buckets{{aged(0), 2}}));
}

TEST(UnderWay, IsNeverNegativeWhereATryWasSettledTwice) {
  Watched instance;
  EXPECT_EQ(instance.second(10, 14, 3), Buckets{});
  EXPECT_EQ(instance.second(0, 3, 0), Buckets{});
  EXPECT_EQ(instance.second(4, 0, 4), (Buckets{{aged(0), 4}})) << "from then on it is right again";
}

TEST(UnderWay, BeginsAnewWithTheCounters) {
  for (const bool restarted : {true, false}) {
    Watched instance;
    instance.second(100, 95, 5);
    EXPECT_EQ(instance.second(0, 0, 5), (Buckets{{aged(1), 5}}));
    // More than before: by the numbers alone it could be the same life.
    if (restarted) instance.restart();
    instance.other_workers();
    EXPECT_EQ(instance.second(150, 145, 5), (Buckets{{aged(0), 5}}));
  }
  Watched instance;
  instance.second(100, 95, 5);
  instance.restart();
  EXPECT_EQ(instance.second(5, 0, 5), (Buckets{{aged(0), 5}})) << "they were never fewer in one life";
}

TEST(UnderWay, IsAtMostAMinuteOldAndForgetsWhatLiesBefore) {
  Watched instance;
  instance.second(3, 0, 3);
  Buckets now;
  for (int i = 0; i < 200; ++i) now = instance.second(0, 0, 3);
  EXPECT_EQ(now, (Buckets{{aged(60), 3}}));
}

TEST(UnderWay, KeepsInstancesApartAndForgetsThoseThatAreGone) {
  UnderWay under_way;
  under_way.look(noon, {1}, {{1, {5, 4, 1}}, {2, {5, 5, 0}}});
  EXPECT_EQ(under_way.ages(), (UnderWay::Ages{{1, {{aged(0), 1}}}}));
  under_way.look(noon + std::chrono::seconds(1), {1}, {{2, {6, 5, 1}}});
  EXPECT_EQ(under_way.ages(), (UnderWay::Ages{{2, {{aged(0), 1}}}}));
}

}  // namespace
}  // namespace slipway::server
