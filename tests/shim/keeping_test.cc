#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <regex>

#include "os/user.h"
#include "shim_world.h"

namespace slipway {
namespace {

class Shim : public ShimWorld {};

TEST_F(Shim, SaysWhatRuns) {
  const auto started = start(sh("echo hello; exec sleep 1000"));
  EXPECT_EQ(started.protocol, shim::protocol);
  ASSERT_TRUE(started.pid);
  EXPECT_TRUE(runs(*started.pid));
  EXPECT_TRUE(runs(started.shim_pid));
  EXPECT_EQ(started.restarts, 0);
  EXPECT_FALSE(started.last_exit);
  EXPECT_FALSE(started.stopping);
  EXPECT_EQ(started.problem, "");
  EXPECT_EQ(status().pid, started.pid);
  EXPECT_TRUE(prints("hello"));
}

TEST_F(Shim, RestartsAProgramThatWasKilled) {
  const auto first = start(sh("exec sleep 1000"));
  ASSERT_EQ(::kill(*first.pid, SIGKILL), 0);
  ASSERT_TRUE(eventually(soon, [&] { return status().restarts == 1 && status().pid; }));
  const auto second = status();
  EXPECT_NE(second.pid, first.pid);
  EXPECT_EQ(second.last_exit->signal, SIGKILL);
  EXPECT_EQ(second.shim_pid, first.shim_pid);
}

TEST_F(Shim, WaitsLongerBeforeEachRestartUpToALimit) {
  auto spec = sh("exit 3");
  spec.backoff = Duration(20);
  spec.backoff_max = Duration(50);
  start(spec);
  ASSERT_TRUE(eventually(soon, [&] { return status().restarts >= 3; }));
  EXPECT_EQ(status().last_exit->status, 3);
  const std::string log = output();
  const auto first = log.find("next start in 20 ms");
  const auto second = log.find("next start in 40 ms");
  const auto third = log.find("next start in 50 ms");
  EXPECT_NE(third, std::string::npos) << log;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(Shim, TellsAProgramThatCannotBeRun) {
  auto spec = sh("");
  spec.command = {"/nowhere/server"};
  const auto started = start(spec);
  EXPECT_FALSE(started.pid);
  ASSERT_TRUE(started.last_exit);
  EXPECT_EQ(started.last_exit->status, 127);
  EXPECT_EQ(started.problem, "cannot run /nowhere/server: No such file or directory");
  EXPECT_TRUE(prints(" shim cannot run /nowhere/server: No such file or directory\n"));
}

TEST_F(Shim, KeepsWhatIsPrintedLineByLineWithItsSource) {
  start(sh("echo one; echo two >&2; printf 'no newline'"));
  ASSERT_TRUE(prints("no newline"));
  const std::string log = output();
  const std::string stamp = "20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\dZ";
  EXPECT_TRUE(std::regex_search(log, std::regex(stamp + " out one\n"))) << log;
  EXPECT_TRUE(std::regex_search(log, std::regex(stamp + " err two\n"))) << log;
  EXPECT_TRUE(std::regex_search(log, std::regex(stamp + " out no newline\n"))) << log;
}

TEST_F(Shim, RotatesWhatIsPrinted) {
  auto spec =
      sh("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo the end; exec sleep 1000");
  spec.log_bytes = 20'000;
  spec.log_files = 3;
  start(spec);
  ASSERT_TRUE(prints("the end"));
  for (const char* name : {"output.log", "output.log.1", "output.log.2"}) {
    EXPECT_LE(std::filesystem::file_size(dir() / name), 20'000U) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(dir() / "output.log.3"));
}

TEST_F(Shim, GivesTheProgramItsEnvironmentAndItsMarkAndNothingElse) {
  ::setenv("SLIPWAY_TEST_LEAK", "leaked", 1);
  auto spec = sh("");
  spec.command = {"/usr/bin/env"};
  spec.env = {{"A", "a value"}};
  spec.backoff = Duration(60'000);
  start(spec, {{"TOKEN", "t"}});
  ASSERT_TRUE(prints("exited with status 0"));
  const std::string log = output();
  EXPECT_TRUE(std::regex_search(
      log, std::regex("^\\S+ out A=a value\n\\S+ out SLIPWAY_SHIM=\\S+\n\\S+ out TOKEN=t\n\\S+ shim ")))
      << log;
  ::unsetenv("SLIPWAY_TEST_LEAK");
}

TEST_F(Shim, GivesTheProgramNoDescriptorOfOurs) {
  const std::string leaked = temp_ / "leaked";
  const int left_open = ::open(leaked.c_str(), O_CREAT | O_RDWR, 0600);  // no O_CLOEXEC
  ASSERT_GE(left_open, 0);
  auto spec = sh("");
  spec.command = {"/bin/ls", "/proc/self/fd"};
  spec.backoff = Duration(60'000);
  const auto started = start(spec);
  ASSERT_TRUE(prints("exited with status 0"));
  const std::string log = output();  // the fourth is the folder that ls reads
  EXPECT_TRUE(
      std::regex_search(log, std::regex("^\\S+ out 0\n\\S+ out 1\n\\S+ out 2\n\\S+ out 3\n\\S+ shim ")))
      << log;
  for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", started.shim_pid)))
    EXPECT_NE(std::filesystem::read_symlink(entry), leaked);
  ::close(left_open);
}

TEST_F(Shim, GivesTheProgramTheUsualUmaskAndNoInput) {
  start(sh("umask; read line || echo no input; exec sleep 1000"));
  EXPECT_TRUE(prints(" out 0022\n"));
  EXPECT_TRUE(prints(" out no input\n"));
}

TEST_F(Shim, ShowsSecretsToTheProgramAlone) {
  const std::string secret = "correct-horse-battery";
  const auto started = start(sh("echo length ${#TOKEN}; exec sleep 1000"), {{"TOKEN", secret}});
  ASSERT_TRUE(prints("length 21"));
  ::kill(*started.pid, SIGKILL);
  ASSERT_TRUE(eventually(soon, [&] { return status().restarts == 1 && status().pid; }));
  for (const auto& entry : std::filesystem::directory_iterator(dir())) {
    const std::string content = entry.is_regular_file() ? os::read_file(entry.path()).value_or(secret) : "";
    EXPECT_EQ(content.find(secret), std::string::npos) << entry.path();
  }
  for (const pid_t pid : {status().shim_pid, *status().pid})
    EXPECT_EQ(os::read_file(fmt::format("/proc/{}/cmdline", pid))->find(secret), std::string::npos);
  EXPECT_EQ(os::read_file(fmt::format("/proc/{}/environ", started.shim_pid)), "");
}

TEST_F(Shim, RefusesASecretThatIsNotTextWithoutRepeatingIt) {
  const auto started = shim::start(dir(), sh("true"), {{"TOKEN", "half\xff"}});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(started.error().message, "the secrets must be UTF-8 text");
}

TEST_F(Shim, RunsAProgramAsAnotherUserWhereRootStartsIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  auto spec = sh("echo $(id -un) $(id -Gn); grep NoNewPrivs /proc/self/status; exec sleep 1000");
  spec.user = "nobody";
  const auto started = start(spec);
  EXPECT_TRUE(prints(" out nobody nogroup\n")) << output();
  EXPECT_TRUE(prints(" out NoNewPrivs:\t1\n")) << output();
  ::kill(started.shim_pid, SIGKILL);  // the tie to the shim holds for another user too
  EXPECT_TRUE(eventually(soon, [&] { return !runs(*started.pid); }));
}

TEST_F(Shim, TellsAUserThatThereIsNot) {
  auto spec = sh("true");
  spec.user = "no-such-user";
  EXPECT_NE(start(spec).problem.find("there is no user no-such-user"), std::string::npos);
}

TEST_F(Shim, LivesInAFolderWithALongPath) {
  std::filesystem::path deep = temp_.path();
  for (int i = 0; i < 4; ++i) deep /= std::string(60, static_cast<char>('a' + i));
  const auto started = shim::start(deep, sh("exec sleep 1000"), {});
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(shim::status(deep)->pid, started->pid);
  EXPECT_TRUE(shim::stop(deep, Duration(1000)));
  EXPECT_FALSE(runs(*started->pid));
}

TEST_F(Shim, RefusesASecondOneInItsFolder) {
  const auto first = start(sh("exec sleep 1000"));
  const auto spec = os::read_file(dir() / "spec.json");
  const auto second = shim::start(dir(), sh("exec sleep 2000"), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(os::read_file(dir() / "spec.json"), spec);
  EXPECT_EQ(status().pid, first.pid);
}

TEST_F(Shim, IsShownWithItsTitle) {
  const auto started = start(sh("exec sleep 1000"));
  const auto command = os::read_file(fmt::format("/proc/{}/cmdline", started.shim_pid));
  EXPECT_TRUE(command->ends_with(std::string("a title\0", 8)));
}

TEST_F(Shim, SaysWhyItCouldNotBeStarted) {
  const auto started = shim::start(dir(), sh("true"), {}, "/nowhere/slipway");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, "cannot run /nowhere/slipway: No such file or directory");
  EXPECT_EQ(os::is_locked(dir() / "shim.lock"), false);
}

}  // namespace
}  // namespace slipway
