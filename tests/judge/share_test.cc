#include "judge/share.h"

#include <gtest/gtest.h>

namespace slipway::judge {
namespace {

// The canary's share after two minutes in which one client of the canary made four of five requests.
std::optional<double> share_with_a_heavy_client(std::optional<std::int64_t> sessions) {
  Share share(60);
  InstanceSecond canary, stable;
  canary.all = {80, 0, {}};
  stable.all = {20, 0, {}};
  const Second second{{}, 0.5, {{&canary, 1}, sessions}, {{&stable, 1}, sessions}};
  for (int i = 0; i < 120; ++i) share.take(second, InFlight{}, InFlight{});
  share.begin_block();
  return share.of(0.5);
}

TEST(Share, IsOfSessionsWhereTheyAreKnownSoThatOneClientIsOne) {
  EXPECT_NEAR(share_with_a_heavy_client(10).value_or(0), 0.5, 1e-9);
}

TEST(Share, IsOfRequestsWhereSessionsAreNotKnown) {
  EXPECT_GT(share_with_a_heavy_client(std::nullopt).value_or(0), 0.75);
}

TEST(Share, StaysForABlockAndIsNothingWhereOneArmGetsNothing) {
  Share share(60);
  InstanceSecond canary;
  canary.all = {500, 0, {}};
  share.take({{}, 0.5, {{&canary, 1}, {}}, {}}, InFlight{}, InFlight{});
  EXPECT_EQ(share.of(0.5), 0.5);
  share.begin_block();
  EXPECT_GT(share.of(0.5).value_or(0), 0.9);
  EXPECT_EQ(share.of(0), std::nullopt);
  EXPECT_EQ(share.of(1), std::nullopt);
  EXPECT_EQ(share.of(std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace slipway::judge
