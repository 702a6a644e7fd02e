#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/json.h"
#include "os/command.h"
#include "os/process.h"
#include "os/spawn.h"
#include "shim_world.h"

namespace slipway {
namespace {

class ShimEnding : public ShimWorld {};

TEST_F(ShimEnding, GivesTheProgramTimeToEnd) {
  const auto started = start(sh("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(prints("ready"));
  ASSERT_TRUE(shim::stop(dir(), Duration(20'000)));
  EXPECT_FALSE(runs(started.shim_pid));
  EXPECT_FALSE(runs(*started.pid));
  EXPECT_TRUE(prints(" out bye\n"));
  EXPECT_EQ(parse_json(os::read_file(dir() / "exit.json").value_or(""))->at("status"), 7);
  EXPECT_EQ(shim::status(dir()).error().kind, ErrorKind::not_found);
}

TEST_F(ShimEnding, KillsAProgramThatIgnoresSigtermWithAllItStarted) {
  const auto started =
      start(sh("trap '' TERM; sleep 1000 & echo child $!; setsid sleep 1000 & echo runaway $!; while :; do "
               "sleep 1; done"));
  const pid_t child = pid_after("child"), runaway = pid_after("runaway");
  ASSERT_TRUE(runs(child));
  ASSERT_TRUE(runs(runaway));
  ASSERT_TRUE(shim::stop(dir(), Duration(100)));
  EXPECT_FALSE(runs(*started.pid));
  EXPECT_FALSE(runs(child));
  EXPECT_FALSE(runs(runaway));
  EXPECT_EQ(parse_json(os::read_file(dir() / "exit.json").value_or(""))->at("signal"), SIGKILL);
}

TEST_F(ShimEnding, LeavesNothingOfAnEarlierRunBeforeARestart) {
  const auto started = start(sh("sleep 1000 & echo child $!; wait"));
  const pid_t child = pid_after("child");
  ::kill(*started.pid, SIGKILL);
  ASSERT_TRUE(eventually(soon, [&] { return status().restarts == 1; }));
  EXPECT_FALSE(runs(child));
}

TEST_F(ShimEnding, TakesTheProgramWithItWhenItIsKilled) {
  const auto started = start(sh("exec sleep 1000"));
  ASSERT_EQ(::kill(started.shim_pid, SIGKILL), 0);
  EXPECT_TRUE(eventually(soon, [&] { return !runs(*started.pid); }));
  EXPECT_TRUE(eventually(soon, [&] {
    const auto now = shim::status(dir());
    return !now && now.error().kind == ErrorKind::not_found;
  }));
  EXPECT_TRUE(start(sh("exec sleep 1000")).pid);  // what it left behind is in nobody's way
}

TEST_F(ShimEnding, IsDoneWhereNothingLives) {
  EXPECT_TRUE(shim::stop(dir(), Duration(1000)));
  EXPECT_TRUE(shim::stop(temp_ / "no/such/folder", Duration(1000)));
  EXPECT_EQ(shim::signal(dir(), SIGUSR1).error().kind, ErrorKind::not_found);
}

TEST_F(ShimEnding, HappensAlsoWhileTheProgramWaitsToBeRestarted) {
  auto spec = sh("exit 1");
  spec.backoff = Duration(60'000);
  start(spec);
  ASSERT_TRUE(prints("next start"));
  EXPECT_TRUE(shim::stop(dir(), Duration(30'000)));
  EXPECT_EQ(shim::status(dir()).error().kind, ErrorKind::not_found);
}

TEST_F(ShimEnding, IsHastenedByASecondStop) {
  start(sh("trap '' TERM; echo ready; while :; do sleep 1; done"));
  ASSERT_TRUE(prints("ready"));
  Status patient;
  std::thread first([&] { patient = shim::stop(dir(), Duration(600'000)); });
  EXPECT_TRUE(eventually(soon, [&] { return status().stopping; }));
  EXPECT_TRUE(shim::stop(dir(), Duration(50)));
  first.join();
  EXPECT_TRUE(patient);
}

TEST_F(ShimEnding, FollowsASigtermToTheShim) {
  const auto started = start(sh("exec sleep 1000"));
  ::kill(started.shim_pid, SIGTERM);
  EXPECT_TRUE(eventually(soon, [&] { return !runs(started.shim_pid) && !runs(*started.pid); }));
  EXPECT_FALSE(std::filesystem::exists(dir() / "shim.sock"));
}

TEST_F(ShimEnding, ComesFromAnotherProcessAsWell) {
  const auto started = start(sh("exec sleep 1000"));
  const pid_t other = ::fork();
  if (other == 0) {
    const auto seen = shim::status(dir());
    ::_exit(seen && seen->pid == started.pid && shim::stop(dir(), Duration(1000)) ? 0 : 1);
  }
  int how = 0;
  ASSERT_EQ(::waitpid(other, &how, 0), other);
  EXPECT_EQ(how, 0);
  EXPECT_FALSE(runs(*started.pid));
}

TEST_F(ShimEnding, IsForcedOnAShimThatDoesNotAnswer) {
  const auto started = start(sh("sleep 1000 & echo child $!; wait"));
  const pid_t child = pid_after("child");
  ::kill(started.shim_pid, SIGSTOP);
  EXPECT_EQ(shim::status(dir()).error().kind, ErrorKind::unavailable);
  const Status stopped = shim::stop(dir(), Duration(100));
  EXPECT_TRUE(stopped) << stopped.error().message;
  EXPECT_FALSE(runs(started.shim_pid));
  EXPECT_FALSE(runs(*started.pid));
  EXPECT_TRUE(eventually(soon, [&] { return !runs(child); }));
}

TEST_F(ShimEnding, SparesAProcessThatOnlyHasThePidOfAShim) {
  os::Launch launch;
  launch.program = "/bin/sleep";
  launch.argv = {"sleep", "1000"};
  const auto bystander = os::spawn(launch);
  ASSERT_TRUE(bystander);
  auto identity = os::identify(*bystander);
  ASSERT_TRUE(identity);
  ASSERT_TRUE(os::make_dirs(dir()));
  const auto lock = os::lock_file(dir() / "shim.lock");  // as if one lived there
  ASSERT_TRUE(lock);
  const auto claim = [&](std::uint64_t start_time, const std::string& boot) {
    const Json shim{{"pid", *bystander}, {"start_time", start_time}, {"boot_id", boot}};
    ASSERT_TRUE(os::write_atomically(dir() / "shim.json", Json{{"protocol", 1}, {"shim", shim}}.dump()));
  };
  claim(identity->start_time + 1, identity->boot_id);
  EXPECT_FALSE(shim::stop(dir(), Duration(0)));
  claim(identity->start_time, "another boot");
  EXPECT_FALSE(shim::stop(dir(), Duration(0)));
  EXPECT_TRUE(runs(*bystander));
  ::kill(*bystander, SIGKILL);
  ::waitpid(*bystander, nullptr, 0);
}

}  // namespace
}  // namespace slipway
