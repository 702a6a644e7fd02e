#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/digest.h"
#include "checks_world.h"
#include "os/file.h"
#include "soon.h"
#include "support/http_server.h"
#include "support/wait.h"

namespace slipway::drivers {
namespace {

using core::Outcome;
using test::HttpServer;
using test::ServerAnswer;
using test::ServerRequest;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

constexpr Duration short_time{300};

bool runs(pid_t pid) {
  const auto stat = os::read_file(fmt::format("/proc/{}/stat", pid));
  return stat && stat->find(") Z ") == std::string::npos;
}

// Pids that a script noted, each on a line.
std::vector<pid_t> noted(const ChecksWorld& world) {
  std::istringstream lines(world.read("pids"));
  std::vector<pid_t> pids;
  for (pid_t pid = 0; lines >> pid;) pids.push_back(pid);
  return pids;
}

TEST(CheckCommand, ThatSucceedsPassesWithWhatItPrinted) {
  ChecksWorld world;
  const Outcome outcome = world.script("echo found 0; echo vulnerabilities >&2");
  ASSERT_EQ(outcome.status, Outcome::Status::done) << outcome.message;
  ASSERT_TRUE(outcome.evidence);
  EXPECT_TRUE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->check, "the check");
  EXPECT_EQ(outcome.evidence->artifact, ChecksWorld::digest());
  EXPECT_EQ(outcome.evidence->by, "");
  EXPECT_THAT(outcome.evidence->summary, StartsWith("exited with status 0 after "));
  EXPECT_EQ(outcome.evidence->tail, "found 0\nvulnerabilities\n");
  EXPECT_EQ(outcome.evidence->digest, sha256_hex("found 0\nvulnerabilities\n"));
  EXPECT_GT(outcome.evidence->at, Time{});
}

TEST(CheckCommand, ThatFailsIsLookedAtAndDoesNotPass) {
  ChecksWorld world;
  const Outcome outcome = world.script("echo 2 high; exit 1");
  EXPECT_EQ(outcome.status, Outcome::Status::done);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->summary, StartsWith("exited with status 1 after "));
  EXPECT_EQ(outcome.evidence->tail, "2 high\n");
}

TEST(CheckCommand, KnowsWhatItIsAboutAndNothingOfTheDaemons) {
  ::setenv("SECRET_OF_OURS", "s3cret", 1);
  ChecksWorld world;
  world.write("check.sh",
              "#!/bin/sh\npwd -P\necho $SLIPWAY_SERVICE $SLIPWAY_ENVIRONMENT $SLIPWAY_VERSION "
              "$SLIPWAY_REVISION $SLIPWAY_COMMIT $SLIPWAY_BRANCH $SLIPWAY_DIGEST\n"
              "env | grep -vE '^(PWD|SHLVL|_|OLDPWD|SLIPWAY_.*)=' | cut -d= -f1 | sort\n");
  core::RunCheck run;
  run.check.kind = core::Check::Kind::run;
  run.check.command = {"./check.sh"};
  run.source = {.commit = std::string(40, '4'), .branch = "main"};
  const Outcome outcome = world.perform(run);
  ::unsetenv("SECRET_OF_OURS");
  EXPECT_EQ(outcome.evidence->tail, fmt::format("{}\nshop production 1.5.0 3 {} main {}\nHOME\nPATH\n",
                                                std::filesystem::canonical(world.artifact()).string(),
                                                std::string(40, '4'), ChecksWorld::digest()));
}

TEST(CheckCommand, ThatIsNotThereFailsWithWhatToDo) {
  ChecksWorld world;
  core::RunCheck run;
  run.check.kind = core::Check::Kind::run;
  run.check.command = {"no-such-program-anywhere"};
  const Outcome outcome = world.perform(run);
  EXPECT_EQ(outcome.status, Outcome::Status::done);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->summary,
              AllOf(HasSubstr("neither in the artifact nor in PATH"), HasSubstr("is written as ./")));
}

TEST(CheckCommand, ThatHangsIsEndedWithAllItForked) {
  ChecksWorld world;
  const Outcome outcome = world.script(
      "mkfifo up; sleep 1000 & echo $! >> pids\n"
      "setsid sh -c 'echo $$ >> pids; echo up > up; exec sleep 1000' &\n"
      "read up < up; echo $$ >> pids; echo audit began; wait",
      Duration(3000));
  EXPECT_EQ(outcome.status, Outcome::Status::done);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->summary, "took longer than 3 s, and was ended");
  EXPECT_THAT(outcome.evidence->tail, StartsWith("audit began\n"));
  const auto pids = noted(world);
  EXPECT_THAT(pids, SizeIs(3));
  for (const pid_t pid : pids) EXPECT_FALSE(runs(pid)) << pid;
}

TEST(CheckCommand, ThatIgnoresBeingAskedToEndIsKilled) {
  ChecksWorld world;
  const Outcome outcome =
      world.script("trap '' TERM\necho $$ >> pids; while :; do sleep 1000; done", short_time);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->summary, StartsWith("took longer than 300 ms"));
  for (const pid_t pid : noted(world)) EXPECT_FALSE(runs(pid));
}

TEST(CheckCommand, ThatEndsWellOnlyWhenAskedToHasNotPassed) {
  ChecksWorld world;
  const Outcome outcome = world.script("trap 'echo asked; exit 0' TERM\nsleep 1000 & wait", Duration(3000));
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->tail, EndsWith("asked\n"));
}

TEST(CheckCommand, IsOverWhenItEndsThoughAChildHoldsItsOutput) {
  ChecksWorld world;
  const Outcome outcome = world.script("sleep 1000 & echo $! >> pids; echo done", Duration(600'000));
  EXPECT_TRUE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->tail, "done\n");
  ASSERT_THAT(noted(world), SizeIs(1));
  EXPECT_FALSE(runs(noted(world).front()));
}

TEST(CheckCommand, IsWaitedForThoughItClosesItsOutput) {
  ChecksWorld world;
  // Nobody can be told when its output was seen to be closed: it goes on for a while.
  const Outcome outcome = world.script("exec >&- 2>&- < /dev/null; sleep 0.1; echo > over; exit 6");
  EXPECT_THAT(outcome.evidence->summary, StartsWith("exited with status 6 after "));
  EXPECT_TRUE(std::filesystem::exists(world.artifact() / "over"));
}

TEST(CheckCommand, ThatFloodsItsOutputIsReadToItsEndInLittleMemory) {
  ChecksWorld world;
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  const Outcome outcome = world.script("head -c 200000000 /dev/zero | tr '\\0' 'x'; echo; echo the end");
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_TRUE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->tail, AllOf(SizeIs(4096), EndsWith("x\nthe end\n")));
  Sha256 digest;
  const std::string megabyte(1'000'000, 'x');
  for (int i = 0; i < 200; ++i) digest.update(megabyte);
  digest.update("\nthe end\n");
  EXPECT_EQ(outcome.evidence->digest, digest.hex());
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 50'000);  // kB, of 200 MB
}

TEST(CheckCommand, ThatFloodsForEverIsEnded) {
  ChecksWorld world;
  const Outcome outcome = world.script("exec yes", short_time);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->tail, SizeIs(4096));
}

TEST(CheckCommand, ThatPrintsNoTextIsKeptAsText) {
  ChecksWorld world;
  const Outcome outcome = world.script("printf 'caf\\303\\251 \\377\\376 end'");
  EXPECT_EQ(outcome.evidence->tail, "café \uFFFD\uFFFD end");
}

TEST(ReadableTail, BeginsWithAWholeCharacterAndIsNeverLongerThanAsked) {
  EXPECT_EQ(checks::readable_tail("aé", 2), "é");
  EXPECT_EQ(checks::readable_tail("aé", 1), "");
  EXPECT_EQ(checks::readable_tail("ab", 2), "ab");
  EXPECT_EQ(checks::readable_tail("\xFF\xFF\xFF\xFF", 4), "\uFFFD");
  EXPECT_EQ(checks::readable_tail("", 4), "");
  EXPECT_EQ(checks::readable_tail(std::string("a\0b", 3), 4), std::string("a\0b", 3));
}

TEST(CheckHttp, PassesWhereTheAnswerIsAsExpected) {
  HttpServer server([](const ServerRequest&) {
    return ServerAnswer{200, "<html>", {{"Cache-Control", "max-age=60"}}, false};
  });
  ChecksWorld world;
  core::RunCheck run;
  run.check.kind = core::Check::Kind::http;
  run.check.url = server.url("/");
  run.check.expect.headers = {{"cache-control", std::nullopt}};
  const Outcome outcome = world.perform(run);
  EXPECT_TRUE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->summary, HasSubstr("answered as expected, with status 200"));
  EXPECT_EQ(outcome.evidence->digest, sha256_hex("<html>"));

  run.check.expect.headers = {{"cache-control", "no-store"}};
  const Outcome other = world.perform(run);
  EXPECT_EQ(other.status, Outcome::Status::done);
  EXPECT_FALSE(other.evidence->passed);
  EXPECT_EQ(other.evidence->summary,
            server.url("/") + ": header cache-control is \"max-age=60\", expected \"no-store\"");
}

TEST(CheckHttp, IsTriedAgainWhereNobodyAnswers) {
  ChecksWorld world;
  core::RunCheck run;
  run.check.kind = core::Check::Kind::http;
  run.check.url = HttpServer().url();  // it has gone by now
  const Outcome outcome = world.perform(run);
  EXPECT_EQ(outcome.status, Outcome::Status::unavailable);
  EXPECT_THAT(outcome.message, EndsWith("connection refused"));
  EXPECT_FALSE(outcome.evidence);
}

TEST(CheckHttp, FailsWhereTheAnswerTakesTooLong) {
  HttpServer* running = nullptr;
  HttpServer server([&](const ServerRequest&) {
    EXPECT_TRUE(eventually(Duration(60'000), [&] { return running->ending(); }));
    return ServerAnswer{.hang_up = true};
  });
  running = &server;
  ChecksWorld world;
  core::RunCheck run;
  run.check.kind = core::Check::Kind::http;
  run.check.url = server.url();
  run.check.timeout = Duration(1000);
  const Outcome outcome = world.perform(run);
  EXPECT_EQ(outcome.status, Outcome::Status::done);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_THAT(outcome.evidence->summary, EndsWith("no answer within 1 s"));
}

TEST(CheckAttested, IsNotADriversToLookAt) {
  ChecksWorld world;
  core::RunCheck run;
  run.check.kind = core::Check::Kind::attest;
  const Outcome outcome = world.perform(run);
  EXPECT_FALSE(outcome.evidence->passed);
  EXPECT_EQ(outcome.evidence->summary,
            "it is for a person to say: slipway attest shop/production \"the check\"");
}

TEST(AlertCommand, IsDoneWhateverComesOfIt) {
  ChecksWorld world;
  world.write("page.sh",
              "#!/bin/sh\necho $SLIPWAY_ALERT $SLIPWAY_METRIC $SLIPWAY_VALUE $SLIPWAY_VERSION > "
              "paged\nexit 3\n");
  core::RunAlertCommand run;
  run.alert.name = "latency";
  run.alert.metric = core::Alert::Metric::latency;
  run.alert.command = {"./page.sh"};
  run.value = 1250.5;
  const Outcome outcome = world.perform(run);
  EXPECT_EQ(outcome.status, Outcome::Status::done);
  EXPECT_THAT(outcome.message, StartsWith("the command of the alert latency exited with status 3 after "));
  EXPECT_EQ(world.read("paged"), "latency latency 1250.5 1.5.0\n");

  world.alerts().forget({ChecksWorld::target(), 41, 0});
  run.alert.command = {"./not-there.sh"};
  const Outcome missing = world.perform(run);
  EXPECT_EQ(missing.status, Outcome::Status::done);
  EXPECT_THAT(missing.message, HasSubstr("can't be run: the command ./not-there.sh isn't in the artifact"));
}

core::Effect paging(const std::string& script) {
  core::RunAlertCommand run;
  run.release = {3, "1.5.0", ChecksWorld::digest()};
  run.alert.name = "errors";
  run.alert.command = {script};
  return {{ChecksWorld::target(), 41, 0}, run};
}

TEST(AlertCommand, IsSeenToBeDoneByTheNextDaemonUntilItIsForgotten) {
  ChecksWorld world;
  world.write("page.sh", "#!/bin/sh\necho $SLIPWAY_ID >> paged\n");
  const core::Effect effect = paging("./page.sh");
  EXPECT_EQ(world.alerts().observe(effect), std::nullopt);
  const Outcome first = world.alerts().perform(effect);
  AlertCommands next = world.alerts_of_the_next();
  next.keep_only({effect.id});
  EXPECT_EQ(next.observe(effect), first);
  EXPECT_EQ(next.perform(effect), first);
  EXPECT_EQ(world.read("paged"), "shop/production#41.0\n");
  next.forget(effect.id);
  EXPECT_TRUE(std::filesystem::is_empty(world.alerts_dir()));
}

TEST(AlertCommand, WhoseEndNoDaemonSawIsntRunAgain) {
  ChecksWorld world;
  world.write("page.sh", "#!/bin/sh\necho >> paged\nwhile test ! -e over; do sleep 0.01; done\n");
  const core::Effect effect = paging("./page.sh");
  std::thread daemon([&] { world.alerts().perform(effect); });
  ASSERT_TRUE(eventually(soon, [&] { return world.read("paged") == "\n"; }));
  AlertCommands next = world.alerts_of_the_next();
  next.keep_only({effect.id});
  const auto seen = next.observe(effect);
  const Outcome again = next.perform(effect);
  world.write("over", "");
  daemon.join();
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->status, Outcome::Status::done);
  EXPECT_THAT(seen->message, HasSubstr("how it ended isn't known; it isn't run again"));
  EXPECT_EQ(again, *seen);
  EXPECT_EQ(world.read("paged"), "\n");
}

TEST(AlertCommand, WhoseEndIsJournalledLeavesNothingBehind) {
  ChecksWorld world;
  world.write("page.sh", "#!/bin/sh\n");
  world.alerts().perform(paging("./page.sh"));
  world.alerts_of_the_next().keep_only({});
  EXPECT_TRUE(std::filesystem::is_empty(world.alerts_dir()));
}

TEST(AlertCommand, IsntRunWhereThatItBeginsCantBeNoted) {
  ChecksWorld world;
  world.write("page.sh", "#!/bin/sh\necho >> paged\n");
  std::ofstream(world.alerts_dir()) << "a file in its way";
  const Outcome outcome = world.alerts().perform(paging("./page.sh"));
  EXPECT_THAT(outcome.message, HasSubstr("isn't run, as that it begins can't be noted"));
  EXPECT_EQ(world.read("paged"), "");
}

}  // namespace
}  // namespace slipway::drivers
