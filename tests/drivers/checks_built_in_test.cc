#include <gmock/gmock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks_world.h"
#include "drivers/checks/capacity.h"

namespace slipway::drivers {
namespace {

using Builtin = core::Check::Builtin;
using core::Outcome;
using testing::AllOf;
using testing::HasSubstr;

// What was seen, with a word on whether it passed in front.
std::string look(ChecksWorld& world, const core::RunCheck& run, Builtin which) {
  const Outcome outcome = world.built_in(run, which);
  EXPECT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  if (!outcome.evidence) return "nothing";
  return (outcome.evidence->passed ? "passed: " : "failed: ") + outcome.evidence->summary;
}

TEST(RollbackPlan, HasToFitWhatIsAllowed) {
  ChecksWorld world;
  core::RunCheck run;
  run.replaces = true;
  run.way_back = Duration(60'000);
  EXPECT_EQ(look(world, run, Builtin::rollback_plan),
            "passed: one switch back while the old release is warm, then a start of it: 1 min at most");
  run.rollback_within = Duration(60'000);
  EXPECT_THAT(look(world, run, Builtin::rollback_plan), HasSubstr("1 min at most, of 1 min allowed"));
  run.rollback_within = Duration(59'999);
  EXPECT_THAT(look(world, run, Builtin::rollback_plan),
              AllOf(HasSubstr("failed: going back could take 1 min"), HasSubstr("shorten run.health.grace")));
}

TEST(RollbackPlan, SaysThatAFirstReleaseHasNone) {
  ChecksWorld world;
  EXPECT_THAT(look(world, {}, Builtin::rollback_plan), HasSubstr("passed: it is the first release"));
}

TEST(ConfigurationResolves, WhenEverySecretHasAValueAndTheProgramIsThere) {
  ::setenv("SESSION_KEY_OF_A_TEST", "s3cret", 1);
  ChecksWorld world;
  world.write("shop", "#!/bin/sh\n");
  core::RunCheck run;
  run.run.command = {"./${SLIPWAY_SERVICE}", "--port", "${PORT}"};
  run.run.env = {{"NODE_ENV", "production"},
                 {"SESSION_KEY", core::SecretRef{.name = "SESSION_KEY_OF_A_TEST"}}};
  EXPECT_EQ(look(world, run, Builtin::configuration_resolves),
            "passed: 1 secret has its value, and ./shop is there");
  ::unsetenv("SESSION_KEY_OF_A_TEST");
}

TEST(ConfigurationResolves, NamesAllThatIsMissingAtOnce) {
  ChecksWorld world;
  core::RunCheck run;
  run.run.command = {"./shop"};
  run.run.env = {{"ONE", core::SecretRef{.name = "NO_SUCH_VARIABLE"}},
                 {"TWO", core::SecretRef{.source = core::SecretRef::Source::file, .name = "/no/such/file"}}};
  EXPECT_THAT(look(world, run, Builtin::configuration_resolves),
              AllOf(HasSubstr("failed: the secret ONE: "), HasSubstr("; the secret TWO: "),
                    HasSubstr("/no/such/file"), HasSubstr("; the command ./shop isn't in the artifact")));
}

TEST(ConfigurationResolves, IsTriedAgainWhileAStoreOfSecretsIsAway) {
  ChecksWorld world;
  core::RunCheck run;
  run.run.command = {"true"};
  run.run.env = {{"KEY", core::SecretRef{.source = core::SecretRef::Source::command, .command = {"false"}}}};
  const Outcome outcome = world.built_in(run, Builtin::configuration_resolves);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_THAT(outcome.message, HasSubstr("the secret KEY: "));
}

TEST(TrafficHealthy, WhenTheProxyAnswersAndNoInstanceIsMissing) {
  Status proxy;
  ChecksWorld world({.proxy = [&](const core::Target&) { return proxy; }});
  core::RunCheck run;
  run.replaces = true;
  run.stable.instances = 4;
  run.healthy = 4;
  EXPECT_EQ(look(world, run, Builtin::traffic_healthy),
            "passed: the proxy answers, and 4 of 4 instances of the stable release are healthy");
  run.healthy = 3;
  EXPECT_THAT(look(world, run, Builtin::traffic_healthy), HasSubstr("failed: 3 of 4 instances"));
  run.healthy = 4;
  proxy = fail(ErrorKind::unavailable, "its socket is gone");
  EXPECT_EQ(look(world, run, Builtin::traffic_healthy),
            "failed: the proxy doesn't answer: its socket is gone");
  run.replaces = false;
  EXPECT_THAT(look(world, run, Builtin::traffic_healthy), HasSubstr("passed: it is the first release"));
}

TEST(AlertsArmed, WhenThereAreSomeAndSomebodyHearsOfThem) {
  ChecksWorld world;
  core::RunCheck run;
  EXPECT_THAT(look(world, run, Builtin::alerts_armed), HasSubstr("failed: there are no alerts"));
  run.alerts = 2;
  EXPECT_THAT(
      look(world, run, Builtin::alerts_armed),
      HasSubstr("passed: 2 alerts; shown in status, nobody is told: add `alert` to notifications' `on`"));
  run.alarms = {core::Channel{.url = "http://127.0.0.1:1/"}};
  EXPECT_EQ(look(world, run, Builtin::alerts_armed), "passed: 2 alerts; shown in status, told to 1 channel");
  run.alarms.push_back(core::Channel{.url = core::SecretRef{.name = "NO_SUCH_VARIABLE"}});
  EXPECT_THAT(look(world, run, Builtin::alerts_armed),
              AllOf(HasSubstr("failed: "), HasSubstr("NO_SUCH_VARIABLE")));
}

TEST(Capacity, IsMeasuredByTheLargestInstanceThatRuns) {
  using checks::fits;
  constexpr std::uint64_t mb = 1'000'000;
  const std::vector<checks::Use> running{{.memory = 100 * mb, .processes = 5},
                                         {.memory = 250 * mb, .processes = 3}};
  const auto enough = fits({.memory = 1000 * mb, .processes = 20}, running, 4);
  EXPECT_TRUE(enough.passed);
  EXPECT_EQ(enough.summary, "4 more instances like the largest that runs need 1.0 GB of 1.0 GB free memory");
  const auto tight = fits({.memory = 1000 * mb - 1, .processes = 20}, running, 4);
  EXPECT_FALSE(tight.passed);
  const auto crowded = fits({.memory = 1000 * mb, .processes = 19}, running, 4);
  EXPECT_FALSE(crowded.passed);
  EXPECT_THAT(crowded.summary, AllOf(HasSubstr("need 20 processes and threads, and 19 more are allowed"),
                                     HasSubstr("raise the limit")));
  EXPECT_TRUE(fits({.memory = 1000 * mb}, running, 4).passed);
}

TEST(Capacity, SaysWhenNothingIsKnownToMeasureBy) {
  const auto evidence = checks::fits({.memory = 14'000'000'000}, {}, 1);
  EXPECT_TRUE(evidence.passed);
  EXPECT_EQ(evidence.summary,
            "what 1 more instance will need isn't known, as nothing of it runs here yet; 14 GB of memory are "
            "free");
}

TEST(Capacity, CountsWhatRunsBelowAnInstanceToo) {
  const auto own = checks::use_of({::getpid()});
  ASSERT_EQ(own.size(), 1U);
  EXPECT_GT(own.front().memory, 1'000'000U);
  EXPECT_GE(own.front().processes, 1);
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  EXPECT_GE(checks::use_of({::getpid()}).front().processes, own.front().processes + 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(checks::use_of({child}).empty());
}

TEST(Capacity, IsLookedAtOnThisMachine) {
  const auto left = checks::room();
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_GT(left->memory, 0U);
  ChecksWorld world({.running = [](const core::Target&) { return std::vector<pid_t>{::getpid()}; }});
  core::RunCheck run;
  run.replaces = true;
  run.run.instances = 1;
  EXPECT_THAT(look(world, run, Builtin::capacity), HasSubstr("1 more instance like the largest that runs"));
  run.run.instances = 1'000'000;
  EXPECT_THAT(look(world, run, Builtin::capacity), HasSubstr("failed: "));
}

}  // namespace
}  // namespace slipway::drivers
