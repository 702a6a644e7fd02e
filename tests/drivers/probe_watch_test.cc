#include <gtest/gtest.h>

#include "drivers/probe/watch.h"

namespace slipway::drivers {
namespace {

using core::Health;
using Process = Look::Process;

// A watched instance in made-up time; each look is a second after the one before.
class Watched {
 public:
  std::optional<core::InstanceObserved> good(int restarts = 0, Process process = Process::running) {
    return see({process, restarts, ended(restarts), false, std::nullopt});
  }
  std::optional<core::InstanceObserved> bad(const std::string& problem, int restarts = 0,
                                            bool past_grace = false) {
    return see({Process::running, restarts, ended(restarts), past_grace, problem});
  }
  std::optional<core::InstanceObserved> waiting(int restarts) {
    return see({Process::waiting, restarts, ended(restarts), false, "connection refused"});
  }
  std::optional<core::InstanceObserved> gone() {
    return see({Process::gone, 0, "", false, "connection refused"});
  }

 private:
  static std::string ended(int restarts) { return restarts == 0 ? "" : "exited with status 1"; }
  std::optional<core::InstanceObserved> see(const Look& look) {
    now_ += std::chrono::seconds(1);
    return watch_.see(look, now_);
  }
  Watch watch_{{7, 1}};
  Watch::Instant now_{};
};

core::InstanceObserved said(Health health, const std::string& detail, int restarts = 0) {
  return {{7, 1}, health, detail, restarts};
}

TEST(Watch, AnInstanceIsHealthyAtItsFirstGoodAnswerAndThatIsSaidOnce) {
  Watched instance;
  EXPECT_EQ(instance.good(), said(Health::healthy, ""));
  EXPECT_EQ(instance.good(), std::nullopt);
}

TEST(Watch, OneThatHasNotAnsweredYetIsStartingAndOnlyWhatIsNewIsSaid) {
  Watched instance;
  EXPECT_EQ(instance.bad("connection refused"), said(Health::starting, "connection refused"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(instance.bad("connection refused"), std::nullopt);
  EXPECT_EQ(instance.bad("status 503, expected 200"), said(Health::starting, "status 503, expected 200"));
  EXPECT_EQ(instance.good(), said(Health::healthy, ""));
}

TEST(Watch, ADetailThatIsAnotherEachTimeIsSaidEveryFiveSecondsAtMost) {
  Watched instance;
  int words = 0;
  for (int i = 0; i < 50; ++i)
    if (instance.bad("count is " + std::to_string(i))) ++words;
  EXPECT_EQ(words, 10);
}

TEST(Watch, OneBadAnswerOfAHealthyInstanceIsForgivenTwoInARowAreNot) {
  Watched instance;
  instance.good();
  EXPECT_EQ(instance.bad("status 503"), std::nullopt);
  EXPECT_EQ(instance.good(), std::nullopt);
  EXPECT_EQ(instance.bad("status 503"), std::nullopt);
  EXPECT_EQ(instance.bad("status 503"), said(Health::unhealthy, "status 503"));
  EXPECT_EQ(instance.good(), said(Health::healthy, ""));
}

TEST(Watch, OneWhoseProcessIsNotRunningIsUnhealthyAtOnce) {
  Watched instance;
  instance.good();
  EXPECT_EQ(instance.waiting(1), said(Health::unhealthy, "exited with status 1", 1));
  EXPECT_EQ(instance.waiting(1), std::nullopt);
  EXPECT_EQ(instance.good(1), said(Health::healthy, "", 1));
}

TEST(Watch, OneThatWasRestartedAndDoesNotAnswerYetIsUnhealthyAtOnce) {
  Watched instance;
  instance.good();
  EXPECT_EQ(instance.bad("connection refused", 1), said(Health::unhealthy, "connection refused", 1));
}

TEST(Watch, ARestartThatNoProbeMetIsSaidWithHowItEnded) {
  Watched instance;
  instance.good();
  EXPECT_EQ(instance.good(1), said(Health::healthy, "exited with status 1", 1));
  EXPECT_EQ(instance.good(1), std::nullopt);
}

TEST(Watch, AShimThatWasNotAskedSaysNothingOfRestarts) {
  Watched instance;
  instance.good(2);
  EXPECT_EQ(instance.good(0, Process::unknown), std::nullopt);
}

TEST(Watch, OneInACrashLoopStaysUnhealthyUntilItAnswers) {
  Watched instance;
  EXPECT_EQ(instance.waiting(0)->health, Health::unhealthy);
  EXPECT_EQ(instance.bad("connection refused", 1)->health, Health::unhealthy);
  EXPECT_EQ(instance.waiting(2), said(Health::unhealthy, "exited with status 1", 2));
  EXPECT_EQ(instance.good(3)->health, Health::healthy);
}

TEST(Watch, OneWithoutAShimIsGoneAndStartingWhenItIsThereAgain) {
  Watched instance;
  instance.good();
  EXPECT_EQ(instance.gone()->health, Health::gone);
  EXPECT_EQ(instance.gone(), std::nullopt);
  EXPECT_EQ(instance.bad("connection refused")->health, Health::starting);
}

TEST(Watch, OneThatWasUpLongBeforeWeCameIsNotCalledStarting) {
  Watched instance;
  EXPECT_EQ(instance.bad("no answer within 1 s", 0, true), std::nullopt);
  EXPECT_EQ(instance.bad("no answer within 1 s", 0, true), said(Health::unhealthy, "no answer within 1 s"));
}

TEST(LookAt, TellsHowAProgramEnded) {
  shim::ShimStatus status;
  status.restarts = 3;
  status.last_exit = shim::Exit{{}, 1, {}};
  EXPECT_EQ(look_at(status, {}, Duration(1)).ended, "exited with status 1, restarted 3 times");
  EXPECT_EQ(look_at(status, {}, Duration(1)).process, Process::waiting);
  status.restarts = 1;
  status.last_exit = shim::Exit{{}, {}, 9};
  EXPECT_EQ(look_at(status, {}, Duration(1)).ended, "was killed by signal 9 (Killed), restarted once");
  EXPECT_EQ(look_at(fail(ErrorKind::not_found, "no shim"), {}, Duration(1)).process, Process::gone);
  EXPECT_EQ(look_at(fail(ErrorKind::unavailable, "silent"), {}, Duration(1)).process, Process::unknown);
}

}  // namespace
}  // namespace slipway::drivers
