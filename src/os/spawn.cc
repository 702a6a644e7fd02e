#include "os/spawn.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/check.h"
#include "os/guard.h"

namespace slipway::os {
namespace {

enum class Step : int { session, guard, group, directory, user, bond, descriptors, exec };

std::string describe(Step step, const Launch& launch) {
  switch (step) {
    case Step::session:
      return "cannot detach a process";
    case Step::guard:
      return "cannot guard a process";
    case Step::group:
      return "cannot make a process group";
    case Step::directory:
      return fmt::format("cannot enter the folder {}", launch.directory);
    case Step::user:
      return fmt::format("cannot become the user {}", launch.user ? launch.user->name : "");
    case Step::bond:
      return "cannot tie a process to its parent";
    case Step::descriptors:
      return "cannot set up a process's descriptors";
    case Step::exec:
      return fmt::format("cannot run {}", launch.program);
  }
  return "cannot start a process";
}

// What the child says when it can't become the program.
struct Failure {
  Step step;
  int error_number;
};

// All that the child needs, made before the fork: afterwards, with other threads' locks frozen, memory must
// not be allocated any more.
struct Prepared {
  const Launch& launch;
  std::vector<char*> argv;
  std::vector<char*> env;
  std::vector<std::string> env_lines;
  std::vector<Fd> sources;  // of the descriptors 0, 1, 2, …, all numbered above their targets
  Fd report;
  pid_t parent = ::getpid();
};

[[noreturn]] void give_up(const Prepared& p, Step step) {
  const Failure failure{step, errno};
  // Whoever hears of it may try again at once: a lock that we were given must be let go of before.
  const auto report = static_cast<unsigned>(p.report.get());
  ::close_range(0, report - 1, 0);
  ::close_range(report + 1, ~0U, 0);
  [[maybe_unused]] const auto written = ::write(p.report.get(), &failure, sizeof failure);
  ::_exit(127);
}

void reset_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Async-signal-safe calls only.
[[noreturn]] void become(const Prepared& p) {
  const Launch& launch = p.launch;
  if (launch.bond == Bond::detached) {
    if (::setsid() < 0) give_up(p, Step::session);
    const pid_t second = ::fork();
    if (second < 0) give_up(p, Step::session);
    if (second > 0) ::_exit(0);
  }
  if (launch.bond == Bond::guarded) {
    if (!be_guard()) give_up(p, Step::guard);
    const pid_t program = ::fork();
    if (program < 0) give_up(p, Step::guard);
    if (program > 0) guard(program, launch.leash);
  }
  if (launch.bond != Bond::detached && ::setpgid(0, 0) < 0) give_up(p, Step::group);
  ::umask(022);
  // As ourselves: the folders above may be closed to the user it becomes.
  if (::chdir(launch.directory.c_str()) < 0) give_up(p, Step::directory);
  if (launch.user) {
    const User& user = *launch.user;
    if (::setgroups(user.groups.size(), user.groups.data()) < 0 ||
        ::setresgid(user.gid, user.gid, user.gid) < 0 || ::setresuid(user.uid, user.uid, user.uid) < 0 ||
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
      give_up(p, Step::user);
  }
  // After the change of user, which would undo it.
  if (launch.bond == Bond::dies_with_parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) give_up(p, Step::bond);
    if (::getppid() != p.parent) ::_exit(127);  // it ended meanwhile
  }
  for (std::size_t target = 0; target < p.sources.size(); ++target)
    if (::dup2(p.sources[target].get(), static_cast<int>(target)) < 0) give_up(p, Step::descriptors);
  if (::close_range(static_cast<unsigned>(p.sources.size()), ~0U, CLOSE_RANGE_CLOEXEC) < 0)
    give_up(p, Step::descriptors);
  reset_signals();
  ::execve(launch.program.c_str(), p.argv.data(), p.env.data());
  give_up(p, Step::exec);
}

// A copy with a number that no target has.
Result<Fd> above(int fd, std::size_t targets) {
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, static_cast<int>(targets) + 16));
  if (!copy) return fail_errno(errno, "cannot copy a descriptor");
  return copy;
}

Result<std::vector<Fd>> sources_of(const Launch& launch) {
  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing) return fail_errno(errno, "cannot open /dev/null");
  std::vector<int> wanted{launch.in, launch.out, launch.err};
  wanted.insert(wanted.end(), launch.inherited.begin(), launch.inherited.end());
  std::vector<Fd> sources;
  for (const int fd : wanted) {
    TRY(Fd copy, above(fd < 0 ? nothing.get() : fd, wanted.size()));
    sources.push_back(std::move(copy));
  }
  return sources;
}

void wait_for_end(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return fail_errno(errno, "cannot make a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<pid_t> spawn(const Launch& launch) {
  CHECK(!launch.argv.empty());
  CHECK((launch.bond == Bond::guarded) == (launch.leash >= 0));
  Prepared p{launch, {}, {}, {}, {}, {}};
  for (const auto& word : launch.argv) p.argv.push_back(const_cast<char*>(word.c_str()));
  p.argv.push_back(nullptr);
  for (const auto& [name, value] : launch.env) p.env_lines.push_back(name + "=" + value);
  for (auto& line : p.env_lines) p.env.push_back(line.data());
  p.env.push_back(nullptr);
  TRY(p.sources, sources_of(launch));
  TRY(Pipe report, make_pipe());
  TRY(p.report, above(report.write.get(), p.sources.size()));
  report.write.reset();

  // No handler of ours may run in the child.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) become(p);
  const int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail_errno(fork_error, "cannot start a process");
  p.report.reset();
  if (launch.bond == Bond::detached) wait_for_end(pid);  // the first of the two; it ends at once

  // The pipe closes by itself when the program takes over.
  Failure failure{};
  ssize_t got = 0;
  while ((got = ::read(report.read.get(), &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  if (got == 0) return launch.bond == Bond::detached ? 0 : pid;
  if (launch.bond != Bond::detached) wait_for_end(pid);
  CHECK(got == sizeof failure);
  return fail_errno(failure.error_number, describe(failure.step, launch));
}

}  // namespace slipway::os
