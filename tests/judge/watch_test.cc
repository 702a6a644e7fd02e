#include "judge/watch.h"

#include <gtest/gtest.h>

#include "judge/stream.h"

namespace slipway::judge {
namespace {

// Of so many canary instances, each with so many requests.
std::vector<Part> parts(int instances, int requests) {
  std::vector<Part> all(static_cast<std::size_t>(instances));
  for (int i = 0; i < instances; ++i) {
    all[static_cast<std::size_t>(i)].instance = i;
    if (requests > 0) all[static_cast<std::size_t>(i)].add(40, requests);
  }
  return all;
}

void admit(Watch& watch, std::int64_t from, std::int64_t to, const std::vector<Part>& canary,
           std::optional<double> weight = 0.5) {
  for (std::int64_t second = from; second < to; ++second) {
    Views views(second, weight, canary, canary);
    watch.admit(*views);
  }
}

TEST(Watch, HasNothingToSayOfManyInstancesWithManyRequests) {
  Watch watch;
  admit(watch, 0, 60, parts(50, 100));
  EXPECT_EQ(watch.complaint(), std::nullopt);
  EXPECT_EQ(watch.requests(), 60 * 50 * 100);
}

TEST(Watch, MissesAnInstanceOnlyWhenTheOthersGotManyTimesItsPart) {
  Watch watch;
  admit(watch, 0, 10, parts(3, 1));
  admit(watch, 10, 30, parts(2, 1));
  EXPECT_EQ(watch.complaint(), std::nullopt);
  admit(watch, 30, 60, parts(2, 1));
  EXPECT_EQ(watch.complaint(), "1 of 3 instances get no request any more");
}

TEST(Watch, KnowsForHowLongNothingCame) {
  Watch watch;
  admit(watch, 0, 10, parts(1, 1));
  admit(watch, 10, 17, parts(1, 0));
  EXPECT_EQ(watch.silent_for(), 7);
  admit(watch, 17, 18, parts(1, 1));
  EXPECT_EQ(watch.silent_for(), 0);
}

TEST(Watch, AllowsForASecondThatIsMissedNowAndThen) {
  Watch watch;
  admit(watch, 0, 10, parts(1, 1));
  admit(watch, 12, 40, parts(1, 1));
  EXPECT_EQ(watch.complaint(), std::nullopt);
  admit(watch, 60, 61, parts(1, 1));
  EXPECT_EQ(watch.complaint(), "22 of 61 s are missing");
}

TEST(Watch, KnowsThatNobodyWatchedWhenAHoldBegan) {
  Watch watch;
  admit(watch, 0, 38, parts(1, 1));
  EXPECT_EQ(watch.complaint(Duration(40'000)), "only 38 of 40 s were seen");
  admit(watch, 38, 39, parts(1, 1));
  EXPECT_EQ(watch.complaint(Duration(40'000)), std::nullopt);
}

TEST(Watch, WantsAsManyWholeSecondsAsTheHoldHas) {
  const Duration hold{40'000};
  Watch watch;
  admit(watch, 0, 10, parts(1, 1));
  admit(watch, 12, 41, parts(1, 1));
  EXPECT_EQ(watch.complaint(hold), "2 of 41 s are missing");
  admit(watch, 41, 42, parts(1, 1));
  EXPECT_EQ(watch.complaint(hold), std::nullopt);
}

TEST(Watch, WantsThemInARowWhereMoreThanATenthWasMissing) {
  const Duration hold{40'000};
  Watch watch;
  admit(watch, 0, 10, parts(1, 1));
  admit(watch, 30, 69, parts(1, 1));
  EXPECT_EQ(watch.complaint(hold), "20 of 69 s are missing");
  admit(watch, 69, 71, parts(1, 1));
  EXPECT_EQ(watch.complaint(hold), std::nullopt);
}

TEST(Watch, WantsMoreWhereTheWeightIsUnknownForLongerThanItTakesToChangeIt) {
  const Duration hold{40'000};
  Watch watch;
  admit(watch, 0, 3, parts(1, 1), std::nullopt);
  admit(watch, 3, 40, parts(1, 1));
  EXPECT_EQ(watch.complaint(hold), "in 3 of 40 s it isn't known what share of the requests was the canary's");
  admit(watch, 40, 41, parts(1, 1));
  EXPECT_EQ(watch.complaint(hold), std::nullopt);
}

TEST(Watch, SaysWhatItDoesNotBelieve) {
  std::vector<Part> wrong = parts(1, 3);
  wrong[0].errors = 4;
  Watch watch;
  admit(watch, 0, 1, wrong);
  EXPECT_EQ(watch.complaint(), "1 of 1 s hold counts that can't be");
  std::vector<Part> beyond = parts(1, 3);
  beyond[0].times.push_back({Histogram::most_buckets, 1});
  Views views(1, 0.5, beyond, {});
  EXPECT_FALSE(watch.admit(*views));
}

TEST(Watch, SaysThatTimesEndWhereTheyAreNotToldApartAnyMore) {
  std::vector<Part> endless = parts(1, 3);
  endless[0].add(3'600'000);
  Watch watch;
  admit(watch, 0, 10, endless);
  EXPECT_EQ(watch.complaint(),
            "10 of 40 requests took an hour or more, which is as far as times are told apart");
}

TEST(Watch, SaysThatTimesAreMissing) {
  std::vector<Part> timeless = parts(1, 3);
  timeless[0].requests = 10;
  Watch watch;
  admit(watch, 0, 10, timeless);
  EXPECT_EQ(watch.complaint(), "times are known of 30 of 100 requests");
}

TEST(Watch, BeginsAnewWithAStep) {
  Watch watch;
  admit(watch, 0, 10, parts(1, 1));
  admit(watch, 50, 60, parts(1, 1));
  watch.begin_step();
  admit(watch, 60, 70, parts(1, 1));
  EXPECT_EQ(watch.complaint(), std::nullopt);
  EXPECT_EQ(watch.seconds(), 10);
}

}  // namespace
}  // namespace slipway::judge
