#include "os/process.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iterator>
#include <sstream>

#include "os/command.h"
#include "os/file.h"
#include "os/net.h"
#include "os/spawn.h"
#include "support/temp_dir.h"
#include "support/wait.h"

namespace slipway {
namespace {

constexpr Duration soon{10'000};

os::Command sh(const std::string& script) {
  os::Command command;
  command.argv = {"sh", "-c", script};
  command.env = {{"PATH", "/usr/bin:/bin"}};
  return command;
}

bool runs(pid_t pid) {
  const auto stat = os::read_file(fmt::format("/proc/{}/stat", pid));
  return stat && stat->find(") Z ") == std::string::npos;
}

TEST(Command, IsRunToItsEndAndSaysWhatItPrinted) {
  const auto finished = os::run(sh("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(finished->status, 3);
  EXPECT_EQ(finished->out, "out\n");
  EXPECT_EQ(finished->err, "err\n");
  EXPECT_FALSE(finished->ok());
  EXPECT_EQ(finished->text(), "exited with status 3");
  EXPECT_TRUE(os::run(sh("true"))->ok());
}

TEST(Command, SaysWhichSignalEndedIt) {
  const auto finished = os::run(sh("kill -KILL $$"));
  EXPECT_EQ(finished->signal, SIGKILL);
  EXPECT_EQ(finished->text(), "was killed by signal 9");
}

TEST(Command, IsKilledWithItsGroupWhenItsTimeIsOver) {
  const TempDir temp;
  auto command = sh("trap '' TERM; sleep 1000 & echo $!; sleep 1000; sleep 1000");
  command.timeout = Duration(300);
  const auto finished = os::run(command);
  EXPECT_TRUE(finished->timed_out);
  const pid_t child = std::stoi(finished->out);
  EXPECT_TRUE(eventually(soon, [&] { return !runs(child); }));
}

TEST(Command, LeavesNoChildBehindThatHoldsItsOutput) {
  const auto finished = os::run(sh("sleep 1000 & echo $!"));
  ASSERT_TRUE(finished->ok());
  EXPECT_TRUE(eventually(soon, [&] { return !runs(std::stoi(finished->out)); }));
}

TEST(Command, LeavesNothingBehindThatWentIntoASessionOfItsOwn) {
  const TempDir temp;
  auto command =
      sh("mkfifo up; setsid sh -c 'echo $$; echo up > up; exec sleep 1000' & read nothing < up; exit 4");
  command.directory = temp.path();
  const auto finished = os::run(command);
  ASSERT_EQ(finished->status, 4);
  ASSERT_FALSE(finished->out.empty());
  EXPECT_FALSE(runs(std::stoi(finished->out)));
}

TEST(Command, IsAskedToEndBeforeItIsKilled) {
  auto command = sh("trap 'echo asked; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
  command.timeout = Duration(300);
  command.grace = soon;
  const auto finished = os::run(command);
  EXPECT_TRUE(finished->timed_out);
  EXPECT_EQ(finished->status, 7);
  EXPECT_EQ(finished->out, "ready\nasked\n");
}

TEST(Command, ThatDoesNotEndWhenAskedIsKilled) {
  auto command = sh("trap '' TERM; while :; do sleep 0.05; done");
  command.timeout = Duration(100);
  command.grace = Duration(100);
  const auto finished = os::run(command);
  EXPECT_TRUE(finished->timed_out);
  EXPECT_EQ(finished->signal, SIGKILL);
}

TEST(Command, EndsWithAllThatItStartedWhenWhoeverRunsItIsKilled) {
  auto pipe = os::make_pipe();
  ASSERT_TRUE(pipe);
  auto command = sh("trap '' TERM HUP; setsid sleep 1000 & sleep 1000 & echo there; wait");
  command.timeout = Duration(1'000'000);
  const int there = pipe->write.get();
  command.on_output = [there](std::string_view) { EXPECT_EQ(::write(there, "x", 1), 1); };
  const pid_t runner = ::fork();
  if (runner == 0) {
    static_cast<void>(os::run(command));
    ::_exit(0);
  }
  pipe->write.reset();
  char byte = 0;
  ASSERT_EQ(::read(pipe->read.get(), &byte, 1), 1);
  const auto list = os::read_file(fmt::format("/proc/{}/task/{}/children", runner, runner));
  const pid_t guard = std::stoi(*list);
  const auto below = os::read_file(fmt::format("/proc/{}/task/{}/children", guard, guard));
  const pid_t shell = std::stoi(*below);
  const auto started = os::read_file(fmt::format("/proc/{}/task/{}/children", shell, shell));
  std::istringstream pids(*started);
  const std::vector<pid_t> all{std::istream_iterator<pid_t>(pids), {}};
  ASSERT_EQ(all.size(), 2U);
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  EXPECT_TRUE(eventually(soon, [&] { return !runs(shell) && !runs(guard); }));
  for (const pid_t pid : all) EXPECT_TRUE(eventually(soon, [&] { return !runs(pid); }));
}

TEST(Command, MayPrintToOneOutputInTheOrderItPrints) {
  auto command = sh("echo 1; echo 2 >&2; echo 3");
  command.one_output = true;
  std::string heard;
  command.on_output = [&](std::string_view piece) { heard += piece; };
  command.keep = 2;
  const auto finished = os::run(command);
  EXPECT_EQ(finished->out, "3\n");
  EXPECT_EQ(finished->err, "");
  EXPECT_EQ(heard, "1\n2\n3\n");
  EXPECT_EQ(finished->out_bytes, 6U);
}

TEST(Command, ThatClosesItsOutputIsWaitedForAllTheSame) {
  const auto finished = os::run(sh("exec >&- 2>&-; sleep 0.1; exit 5"));
  EXPECT_EQ(finished->status, 5);
}

TEST(Command, KeepsTheEndOfALongOutput) {
  auto command = sh("i=0; while [ $i -lt 10000 ]; do echo line $i; i=$((i+1)); done");
  command.keep = 100;
  const auto finished = os::run(command);
  EXPECT_EQ(finished->out.size(), 100U);
  EXPECT_TRUE(finished->out.ends_with("line 9999\n"));
  EXPECT_GT(finished->out_bytes, 90'000U);
}

TEST(Command, ThatIsNotThereIsNotFound) {
  auto command = sh("");
  command.argv = {"no-such-program"};
  EXPECT_EQ(os::run(command).error().message, "there is no program no-such-program in /usr/bin:/bin");
  command.argv = {"/no/such/program"};
  EXPECT_EQ(os::run(command).error().kind, ErrorKind::not_found);
  command = sh("true");
  command.directory = "/no/such/folder";
  EXPECT_EQ(os::run(command).error().message,
            "cannot enter the folder /no/such/folder: No such file or directory");
}

TEST(Program, IsLookedUpInAbsoluteFoldersAlone) {
  const TempDir temp;
  ASSERT_TRUE(os::write_atomically(temp / "tool", "", 0755));
  ASSERT_TRUE(os::write_atomically(temp / "text", "", 0644));
  const std::string path = "relative:.::" + temp.path().string();
  EXPECT_EQ(os::find_program("tool", path), (temp / "tool").string());
  EXPECT_FALSE(os::find_program("text", path));
  EXPECT_FALSE(os::find_program("", path));
  EXPECT_EQ(os::find_program("./x", path), "./x");
}

TEST(Spawn, StartsWithSignalsAsTheSystemSetsThem) {
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  auto finished = os::run(sh("grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  ::signal(SIGPIPE, old);
  EXPECT_EQ(finished->out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Spawn, DetachesAProcessThatIsNoChildOfOurs) {
  const TempDir temp;
  os::Launch launch;
  launch.program = "/bin/sh";
  launch.argv = {"sh", "-c", "ps -o sid= -p $$ > sid; echo $$ > pid.new; mv pid.new pid; exec sleep 1000"};
  launch.env = {{"PATH", "/usr/bin:/bin"}};
  launch.directory = temp.path();
  launch.bond = os::Bond::detached;
  ASSERT_TRUE(os::spawn(launch));
  ASSERT_TRUE(eventually(soon, [&] { return std::filesystem::exists(temp / "pid"); }));
  const pid_t pid = std::stoi(*os::read_file(temp / "pid"));
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
  EXPECT_NE(std::stoi(*os::read_file(temp / "sid")), ::getsid(0));
  ::kill(pid, SIGKILL);
}

TEST(Identity, IsOfOneProcessAlone) {
  const auto self = os::identify(::getpid());
  ASSERT_TRUE(self);
  EXPECT_TRUE(os::open_process(*self));
  auto later = *self;
  ++later.start_time;
  EXPECT_EQ(os::open_process(later).error().kind, ErrorKind::not_found);
  auto before_reboot = *self;
  before_reboot.boot_id = "another";
  EXPECT_EQ(os::open_process(before_reboot).error().kind, ErrorKind::not_found);
}

TEST(Identity, IsFoundBehindANameWithSpacesAndParentheses) {
  const TempDir temp;
  std::filesystem::copy("/bin/sleep", temp / ") Z 1 (");
  os::Launch launch;
  launch.program = temp / ") Z 1 (";
  launch.argv = {"sleep", "1000"};
  const auto pid = os::spawn(launch);
  ASSERT_TRUE(pid) << pid.error().message;
  const auto identity = os::identify(*pid);
  ASSERT_TRUE(identity);
  const auto process = os::open_process(*identity);
  ASSERT_TRUE(process);
  EXPECT_FALSE(os::await_end(*process, Duration(0)));
  EXPECT_TRUE(os::send_signal(*process, SIGKILL));
  EXPECT_TRUE(os::await_end(*process, soon));
  EXPECT_EQ(os::identify(*pid).error().kind, ErrorKind::not_found);  // a zombie has ended
  ::waitpid(*pid, nullptr, 0);
  EXPECT_EQ(os::identify(*pid).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(os::send_signal(*process, SIGKILL));  // fine, and nobody else's
}

TEST(User, IsFoundByName) {
  EXPECT_EQ(os::find_user("root")->uid, 0U);
  EXPECT_EQ(os::find_user("root")->home, "/root");
  EXPECT_EQ(os::find_user("no-such-user").error().kind, ErrorKind::not_found);
  EXPECT_EQ(os::current_user().uid, ::geteuid());
}

TEST(Port, IsFreeUntilSomebodyListens) {
  os::Fd socket(::socket(AF_INET, SOCK_STREAM, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(socket.get(), 1), 0);
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const int port = ntohs(address.sin_port);
  EXPECT_FALSE(os::port_is_free(port));
  socket.reset();
  EXPECT_TRUE(os::port_is_free(port));
}

}  // namespace
}  // namespace slipway
