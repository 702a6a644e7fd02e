#include "server/alarms.h"

#include <gmock/gmock.h>

#include "watching.h"

namespace slipway::server {
namespace {

using testing::IsEmpty;

// Beside a canary at 25 %, with an alert armed: more than ten errors in ten seconds, twice in a row.
class Armed : public Watching {
 protected:
  Armed() {
    core::Alert errors;
    errors.name = "errors";
    errors.above = 10;
    errors.period = Duration(10'000);
    errors.evaluation_periods = 2;
    state().canary->bound.alerts = {errors};
    state().canary->bound.rollback_triggers.clear();
    state().deployment->gating.begun = clock.time;
  }
  // What the core does with it.
  void know(const core::AlertChanged& alert) {
    auto& firing = state().deployment->firing;
    if (alert.firing)
      firing.push_back({alert.alert, clock.time, alert.value});
    else
      firing.clear();
  }
};

TEST_F(Armed, FiresByTheErrorsOfAllUsersWhicheverReleaseTheyAreOn) {
  turning.now([this] {
    // One in fifty of stable's is recorded.
    judge::Cell cell;
    cell.recorded = 1;
    cell.requests = cell.errors = 50;
    batch.backends["shop.production.a"].cells[clock.time][1] = cell;
  });
  pass(19, 10, 10, 1);
  EXPECT_THAT(alerts, IsEmpty()) << "both periods aren't over";
  pass(1, 10, 10, 1);
  EXPECT_THAT(alerts, IsEmpty()) << "ten in the newest period are not above ten";
  pass(1, 10, 10, 2);
  EXPECT_THAT(alerts, IsEmpty()) << "those of stable are no longer in the one before";
}

TEST_F(Armed, IsTakenBackWhenTheNewestPeriodIsNotAbove) {
  pass(20, 10, 10, 2);
  ASSERT_EQ(alerts.size(), 1U);
  EXPECT_EQ(alerts.back(), (core::AlertChanged{2, "errors", true, 20}));
  know(alerts.back());
  pass(9, 10, 10, 1);
  EXPECT_EQ(alerts.size(), 1U);
  pass(1, 10, 10, 1);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_EQ(alerts.back(), (core::AlertChanged{2, "errors", false, 10}));
}

TEST_F(Armed, IsSaidAgainWhereItCouldNotBeJournalled) {
  suspended = true;
  pass(25, 10, 10, 2);
  EXPECT_THAT(alerts, IsEmpty());
  suspended = false;
  pass(1, 10, 10, 2);
  ASSERT_EQ(alerts.size(), 1U);
  know(alerts.back());
  pass(5, 10, 10, 2);
  EXPECT_EQ(alerts.size(), 1U);
}

TEST_F(Armed, BeginsAnewWithADaemonAndKeepsWhatFiresUntilAPeriodWithoutCause) {
  pass(20, 10, 10, 2);
  ASSERT_EQ(alerts.size(), 1U);
  know(alerts.back());
  turning.now([this] { witness.emplace(turning.loop, *workers, clock, doors()); });
  pass(9, 10, 10, 0);
  EXPECT_EQ(alerts.size(), 1U) << "what the daemon before saw isn't known";
  pass(1, 10, 10, 0);
  ASSERT_EQ(alerts.size(), 2U);
  EXPECT_FALSE(alerts.back().firing);
}

TEST_F(Armed, IsOfItsDeploymentAlone) {
  pass(15, 10, 10, 2);
  state().deployment->record.number = state().canary->deployment = 3;
  pass(15, 10, 10, 2);
  EXPECT_THAT(alerts, IsEmpty());
  state().deployment->undoing = true;
  pass(30, 10, 10, 2);
  EXPECT_THAT(alerts, IsEmpty());
}

TEST_F(Armed, HasEnoughOfStablesRequestsRecordedWhereverItsUsersAre) {
  state().previous = std::exchange(state().stable, std::exchange(state().canary, std::nullopt));
  state().deployment->stages = {{core::Stage::Kind::drain, 0, {}}};
  pass(2, 10, 10, 0);
  EXPECT_EQ(rates.back(), 1);
}

}  // namespace
}  // namespace slipway::server
