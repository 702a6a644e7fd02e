#include "judge/foresight.h"

#include <gtest/gtest.h>

namespace slipway::judge {
namespace {

using std::chrono::minutes;

Outlook outlook(double requests_per_minute) {
  return {{{0.05, minutes(5)}, {0.25, minutes(5)}, {0.5, minutes(5)}}, requests_per_minute, 0.005};
}

TEST(Foresight, SeesTheWorseSoonerAndAllOfItSoonerWithMoreRequests) {
  const auto few = foresee(outlook(600), Settings{});
  const auto many = foresee(outlook(6000), Settings{});
  ASSERT_EQ(few.size(), 3U);
  for (const auto& forecasts : {few, many}) {
    ASSERT_TRUE(forecasts[0].after && forecasts[1].after);
    EXPECT_LT(*forecasts[0].after, *forecasts[1].after);
  }
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_LT(*many[i].after, few[i].after.value_or(minutes(60)));
}

// Simulated: 14, 33 and 150 s.
TEST(Foresight, IsAboutWhatIsMeasuredAtAHundredRequestsASecond) {
  const auto forecasts = foresee({{{0.05, minutes(25)}}, 6000, 0.005}, Settings{});
  EXPECT_NEAR(static_cast<double>(forecasts[0].after->count()), 14'000, 4'000);
  EXPECT_NEAR(static_cast<double>(forecasts[1].after->count()), 33'000, 8'000);
  EXPECT_NEAR(static_cast<double>(forecasts[2].after->count()), 150'000, 40'000);
}

TEST(Foresight, SaysWhatThePlanIsTooShortFor) {
  const Outlook thin{{{0.05, minutes(5)}}, 160, 0.005};
  const auto forecasts = foresee(thin, Settings{});
  EXPECT_TRUE(forecasts[0].after);
  EXPECT_FALSE(forecasts[2].after);
  const std::string text = sentence(thin, forecasts);
  EXPECT_TRUE(text.starts_with("at 8 canary requests a minute, errors of 20 % would be caught in about "))
      << text;
  EXPECT_TRUE(text.ends_with("2 % not within this plan: consider a longer hold")) << text;
}

TEST(Foresight, SeesNothingWhereTheCanaryGetsAllAtOnce) {
  for (const Forecast& forecast : foresee({{{1, minutes(5)}}, 6000, 0.005}, Settings{}))
    EXPECT_FALSE(forecast.after);
}

TEST(Foresight, SeesNothingThatIsTolerated) {
  const auto forecasts = foresee({{{0.25, minutes(60)}}, 60'000, 0.19}, Settings{});
  EXPECT_FALSE(forecasts[0].after);
}

}  // namespace
}  // namespace slipway::judge
