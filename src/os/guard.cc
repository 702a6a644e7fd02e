#include "os/guard.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace slipway::os {
namespace {

constexpr int look_again_ms = 50;  // at what is being killed and may leave others behind

// Its direct children: those of what ended among them, too.
void signal_children(int number) {
  const int list = ::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (list < 0) return;
  std::array<char, 4096> piece;
  pid_t pid = 0;
  ssize_t got = 0;
  while ((got = ::read(list, piece.data(), piece.size())) > 0) {
    for (ssize_t i = 0; i < got; ++i) {
      const char c = piece[static_cast<std::size_t>(i)];
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid > 0) {
        ::kill(pid, number);
        pid = 0;
      }
    }
  }
  ::close(list);
}

void signal_all(pid_t program, int number) {
  ::kill(-program, number);  // its group at once, so that none forks away meanwhile
  signal_children(number);
}

// Reaps what else has ended. The program itself stays, and so the number of its group stays its own.
bool program_has_ended(pid_t program) {
  while (true) {
    siginfo_t ended{};
    if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) < 0 || ended.si_pid == 0) return false;
    if (ended.si_pid == program) return true;
    ::waitpid(ended.si_pid, nullptr, 0);
  }
}

void wait_while_it_runs(pid_t program, int leash, int ends) {
  while (!program_has_ended(program)) {
    std::array<pollfd, 2> polled{{{leash, POLLIN, 0}, {ends, POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    if (polled[1].revents != 0) {
      signalfd_siginfo ignored{};
      if (::read(ends, &ignored, sizeof ignored) < 0) continue;
    }
    if (polled[0].revents == 0) continue;
    char byte = 0;
    if (::read(leash, &byte, 1) <= 0) return;
    signal_all(program, SIGTERM);
  }
}

int end_all(pid_t program, int ends) {
  int how = 0;
  signal_all(program, SIGKILL);
  while (true) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, WNOHANG);
    if (ended == program) how = status;
    if (ended > 0) continue;
    if (ended < 0 && errno == ECHILD) return how;
    signal_children(SIGKILL);
    pollfd polled{ends, POLLIN, 0};
    signalfd_siginfo ignored{};
    if (::poll(&polled, 1, look_again_ms) > 0 && ::read(ends, &ignored, sizeof ignored) < 0) return how;
  }
}

[[noreturn]] void end_as(int how) {
  if (WIFSIGNALED(how)) {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    sigset_t all;
    ::sigfillset(&all);
    std::signal(WTERMSIG(how), SIG_DFL);
    ::kill(::getpid(), WTERMSIG(how));
    ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
  }
  ::_exit(WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how));
}

}  // namespace

bool be_guard() {
  return ::setsid() >= 0 && ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

void guard(pid_t program, int leash) {
  // Others may wait for the end of what these are open on.
  if (leash > 0) ::close_range(0, static_cast<unsigned>(leash) - 1, 0);
  ::close_range(static_cast<unsigned>(leash) + 1, ~0U, 0);
  ::prctl(PR_SET_NAME, "slipway-guard", 0, 0, 0);
  sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGCHLD);
  const int ended = ::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
  wait_while_it_runs(program, leash, ended);
  end_as(end_all(program, ended));
}

}  // namespace slipway::os
