#include "judge/sessions.h"

#include <gtest/gtest.h>

namespace slipway::judge {
namespace {

using Outcome = Sessions::Outcome;

TEST(Sessions, BetOnceWithTheirFirstTimeAndOnceWithTheirFirstError) {
  Sessions sessions;
  const auto first = sessions.see(7 << 8, Outcome::answered);
  EXPECT_TRUE(first.time && first.count && !first.error);
  const auto second = sessions.see(7 << 8, Outcome::answered);
  EXPECT_TRUE(!second.time && second.count && !second.error);
  const auto error = sessions.see(7 << 8, Outcome::error);
  EXPECT_TRUE(!error.time && error.count && error.error);
  const auto after = sessions.see(7 << 8, Outcome::error);
  EXPECT_TRUE(!after.time && !after.count && !after.error);
  EXPECT_FALSE(sessions.see(7 << 8, Outcome::answered).count);
}

TEST(Sessions, AreToldApart) {
  Sessions sessions;
  for (std::uint64_t session = 0; session < 20'000; ++session)
    EXPECT_TRUE(sessions.see(session * 2 + 2, Outcome::answered).time) << session;
  for (std::uint64_t session = 0; session < 20'000; ++session)
    EXPECT_FALSE(sessions.see(session * 2 + 2, Outcome::answered).time) << session;
}

TEST(Sessions, ThatAreStillSeenAreNotForgottenHoweverManyOthersThereAre) {
  Sessions sessions(64);
  sessions.see(1000, Outcome::error);
  for (std::uint64_t other = 0; other < 10'000; ++other) {
    sessions.see(10'000 + 2 * other, Outcome::answered);
    const auto heavy = sessions.see(1000, Outcome::error);
    ASSERT_FALSE(heavy.time || heavy.count || heavy.error) << other;
  }
}

TEST(Sessions, ThatWereSeenLongestAgoAreForgotten) {
  Sessions sessions(64);
  sessions.see(1000, Outcome::answered);
  for (std::uint64_t other = 0; other < 100; ++other) sessions.see(10'000 + 2 * other, Outcome::answered);
  EXPECT_TRUE(sessions.see(1000, Outcome::answered).time);
}

}  // namespace
}  // namespace slipway::judge
