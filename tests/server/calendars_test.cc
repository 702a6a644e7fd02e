#include "server/calendars.h"

#include <gtest/gtest.h>

#include "server/api/asking.h"

namespace slipway::server {
namespace {

constexpr Duration hour{3'600'000};
constexpr Duration day = 24 * hour;
const Time begin{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};

// One deployment that waits for a window which opens at `opens`, as its zone had it when it was asked for.
class Waiting : public testing::Test {
 protected:
  Waiting() {
    core::Deployment deployment;
    deployment.record.number = 7;
    deployment.stages = {{core::Stage::Kind::window}};
    deployment.gating.request.emplace();
    deployment.gating.calendar = slots(begin, begin + known_ahead);
    state.target = {"shop", "production"};
    state.deployment = deployment;
  }

  calendar::Slots slots(Time from, Time until) const {
    calendar::Slots slots{.restricted = true, .rule = "deploys at times", .from = from, .until = until};
    slots.open.push_back({opens, opens + hour, std::nullopt});
    return slots;
  }

  auto look(Time now, Anew which = Anew::all) const {
    return resolved_anew(
        {{state.target, state}}, which, now,
        [&](const core::Gates&, const auto&, Time from, Time until) -> Result<calendar::Slots> {
          if (unreadable) return fail(ErrorKind::unavailable, "no zone data");
          return slots(from, until);
        });
  }

  core::TargetState state;
  Time opens = begin + 14 * hour;
  bool unreadable = false;
};

TEST_F(Waiting, HearsNothingWhileZoneDataIsTheSame) {
  EXPECT_TRUE(look(begin + hour).empty());
}

TEST_F(Waiting, HearsOfOtherInstantsOverTheSameTimeOnceZoneDataChanged) {
  opens += hour;
  const auto news = look(begin + hour);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].first, state.target);
  EXPECT_EQ(news[0].second, (core::CalendarResolved{7, slots(begin, begin + known_ahead)}));
}

TEST_F(Waiting, HearsOfMoreTimeNearTheEndOfWhatIsKnown) {
  const Time now = begin + known_ahead - 99 * day;
  const auto news = look(now);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].second.calendar.from, begin);
  EXPECT_EQ(news[0].second.calendar.until, now + known_ahead);
}

TEST_F(Waiting, IsLeftAloneWhereOnlyWhatRunsOutIsLookedAt) {
  opens += hour;
  EXPECT_TRUE(look(begin + hour, Anew::what_runs_out).empty());
  EXPECT_EQ(look(begin + known_ahead - 99 * day, Anew::what_runs_out).size(), 1U);
}

TEST_F(Waiting, KeepsWhatItHasWhereItCantBeWorkedOut) {
  opens += hour;
  unreadable = true;
  EXPECT_TRUE(look(begin + hour).empty());
}

TEST_F(Waiting, IsLeftAloneWhereItGoesBack) {
  opens += hour;
  state.deployment->record.kind = core::Request::Kind::rollback;
  EXPECT_TRUE(look(begin + hour).empty());
}

TEST_F(Waiting, IsLeftAloneWhereItIsTakenBack) {
  opens += hour;
  state.deployment->undoing = true;
  EXPECT_TRUE(look(begin + hour).empty());
}

TEST_F(Waiting, IsLeftAloneWhereNothingIsKnownOfACalendar) {
  opens += hour;
  state.deployment->gating.calendar = {};
  EXPECT_TRUE(look(begin + hour).empty());
}

}  // namespace
}  // namespace slipway::server
