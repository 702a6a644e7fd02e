#include "shim/program.h"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>

#include "base/check.h"
#include "base/json.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/spawn.h"
#include "shim/folder.h"
#include "shim/leftovers.h"

namespace slipway::shim {
namespace {

constexpr std::chrono::seconds well{5};     // it ran so long: a restart may well help, and needn't wait
constexpr std::chrono::minutes settled{1};  // it ran so long: a later end is another story

Time now() {
  return os::wall_now();
}

Exit exit_of(int how) {
  Exit exit{now(), {}, {}};
  if (WIFSIGNALED(how))
    exit.signal = WTERMSIG(how);
  else
    exit.status = WEXITSTATUS(how);
  return exit;
}

std::string describe(const Exit& exit) {
  if (exit.signal) return fmt::format("was ended by signal {}", *exit.signal);
  return fmt::format("exited with status {}", exit.status.value_or(0));
}

// At most 1 MiB, so that a program which never stops printing doesn't keep us from hearing a stop.
void drain_pipe(os::Fd& pipe, Lines& lines) {
  std::array<char, 65'536> piece;
  for (int pieces = 0; pipe && pieces < 16; ++pieces) {
    const ssize_t got = ::read(pipe.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return pipe.reset();
    lines.add(now(), std::string_view(piece.data(), static_cast<std::size_t>(got)));
  }
}

}  // namespace

Program::Program(std::filesystem::path dir, Spec spec, std::map<std::string, std::string> secrets)
    : dir_(std::move(dir)),
      spec_(std::move(spec)),
      env_(std::move(secrets)),
      log_(Folder{dir_}.output(), spec_.log_bytes, spec_.log_files),
      backoff_(spec_.backoff) {
  env_.insert(spec_.env.begin(), spec_.env.end());
}

Result<pid_t> Program::spawn() {
  TRY(os::Pipe out, os::make_pipe());
  TRY(os::Pipe err, os::make_pipe());
  os::Launch launch;
  launch.program = spec_.command.front();
  launch.argv = spec_.command;
  launch.env = env_;
  TRY(const os::Identity self, os::identify(::getpid()));
  launch.env[mark_name] = mark_of(self);
  launch.directory = spec_.directory.empty() ? "/" : spec_.directory;
  if (!spec_.user.empty() && spec_.user != os::current_user().name) {
    TRY(launch.user, os::find_user(spec_.user));
  }
  launch.out = out.write.get();
  launch.err = err.write.get();
  launch.bond = os::Bond::dies_with_parent;
  TRY(const pid_t pid, os::spawn(launch));
  ::fcntl(out.read.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(err.read.get(), F_SETFL, O_NONBLOCK);
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  return pid;
}

void Program::start() {
  CHECK(!pid_ && !stopping_);
  due_.reset();
  started_ = now();
  started_monotonic_ = std::chrono::steady_clock::now();
  const Result<pid_t> pid = spawn();
  if (!pid) {
    const std::string hint =
        spec_.user.empty() ? "" : fmt::format(" (as the user {}, who must be able to reach it)", spec_.user);
    problem_ = pid.error().message + hint;
    log_.write(now(), "shim", problem_);
    return ended(Exit{now(), 127, {}});
  }
  problem_.clear();
  pid_ = *pid;
  // For a kill when we don't answer. Without it (the disk is full) that kill ends us alone, and the program
  // with us.
  const Folder folder{dir_};
  const auto shim = os::identify(::getpid());
  const auto program = os::identify(*pid_);
  if (shim && program)
    static_cast<void>(
        os::write_atomically(folder.identity(), Json(Lives{protocol, *shim, *program}).dump() + "\n"));
}

void Program::stop(Duration drain) {
  const Monotonic end =
      std::chrono::steady_clock::now() + std::clamp(drain, Duration(0), Duration(86'400'000));
  if (stopping_) {
    if (due_) due_ = std::min(*due_, end);
    return;
  }
  stopping_ = true;
  due_.reset();
  if (!pid_) return;
  log_.write(now(), "shim", fmt::format("stopping: SIGTERM, and SIGKILL in {}", format_duration(drain)));
  ::kill(-*pid_, SIGTERM);
  due_ = end;
}

Status Program::signal(int number) {
  if (number < 1 || number >= NSIG) return fail(ErrorKind::invalid_input, "there is no signal {}", number);
  if (!pid_) return fail(ErrorKind::refused, "the program doesn't run now");
  if (::kill(*pid_, number) < 0) return fail_errno(errno, fmt::format("cannot send signal {}", number));
  return {};
}

void Program::children_ended() {
  int how = 0;
  pid_t pid = 0;
  // Others than the program are what it left behind: a subreaper is given its descendants.
  while ((pid = ::waitpid(-1, &how, WNOHANG)) > 0)
    if (pid == pid_) ended(exit_of(how));
}

void Program::ended(Exit exit) {
  if (pid_) {
    const pid_t group = *pid_;
    pid_.reset();
    ::kill(-group, SIGKILL);
    sweep();
    read_output();
    out_.reset();
    err_.reset();
    out_lines_.end(now());
    err_lines_.end(now());
  }
  last_exit_ = exit;
  record_exit();
  due_.reset();
  if (stopping_) {
    log_.write(now(), "shim", fmt::format("the program {}", describe(exit)));
    return;
  }
  const auto ran = std::chrono::steady_clock::now() - started_monotonic_;
  if (ran >= settled) backoff_ = spec_.backoff;
  const Duration wait = ran >= well ? Duration(0) : backoff_;
  log_.write(now(), "shim",
             fmt::format("the program {} after {}; next start {}", describe(exit),
                         format_duration(std::chrono::floor<Duration>(ran)),
                         wait > Duration(0) ? "in " + format_duration(wait) : "at once"));
  due_ = std::chrono::steady_clock::now() + wait;
  if (wait > Duration(0)) backoff_ = std::min(std::max(backoff_ * 2, Duration(1)), spec_.backoff_max);
}

// Kills and awaits every descendant that is left, those too that left the group: a port or file that they
// hold would stand in the way of the next start. Gives up on what can't be killed (stuck in the kernel) after
// a second.
void Program::sweep() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  const std::string list = fmt::format("/proc/self/task/{}/children", ::getpid());
  while (std::chrono::steady_clock::now() < until) {
    std::istringstream children(os::read_file(list).value_or(""));
    for (pid_t child = 0; children >> child;)
      ::kill(child, SIGKILL);  // ours, not waited for: the pid is its own
    pid_t waited = 0;
    while ((waited = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (waited < 0 && errno == ECHILD) return;
    const timespec moment{0, 1'000'000};
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    ::sigtimedwait(&child, nullptr, &moment);
  }
}

void Program::record_exit() const {
  // The folder may be unwritable; the log has it too, and status() in any case. The next start isn't to wait
  // for the disk.
  static_cast<void>(os::replace_file(Folder{dir_}.exit(), Json(*last_exit_).dump() + "\n"));
}

void Program::read_output() {
  drain_pipe(out_, out_lines_);
  drain_pipe(err_, err_lines_);
}

void Program::tick() {
  if (!due_ || std::chrono::steady_clock::now() < *due_) return;
  due_.reset();
  if (stopping_) {
    log_.write(now(), "shim", "the drain is over: SIGKILL");
    if (pid_) ::kill(-*pid_, SIGKILL);
  } else {
    ++restarts_;
    start();
  }
}

ShimStatus Program::status() const {
  return {protocol, ::getpid(), pid_, started_, restarts_, last_exit_, stopping_, problem_};
}

}  // namespace slipway::shim
