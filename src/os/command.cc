#include "os/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/check.h"
#include "os/process.h"
#include "os/spawn.h"

namespace slipway::os {
namespace {

using Clock = std::chrono::steady_clock;

// Takes what is there, at most a megabyte so that one who never stops printing doesn't hold us; closes the
// descriptor at its end.
void take(Fd& from, std::string& tail, std::size_t& total, std::size_t keep) {
  std::array<char, 16'384> piece;
  for (int pieces = 0; from && pieces < 64; ++pieces) {
    const ssize_t got = ::read(from.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return from.reset();
    total += static_cast<std::size_t>(got);
    tail.append(piece.data(), static_cast<std::size_t>(got));
    if (tail.size() > keep) tail.erase(0, tail.size() - keep);
  }
}

int left_ms(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<Duration>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

// How the leader ended. It hasn't been waited for before, so the group's number is still its own.
int end_group(pid_t leader) {
  ::kill(-leader, SIGKILL);
  int how = 0;
  while (::waitpid(leader, &how, 0) < 0 && errno == EINTR) {
  }
  return how;
}

// As a file in memory: whoever doesn't read it holds up nobody.
Result<Fd> readable(std::string_view input) {
  Fd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file) return fail_errno(errno, "cannot keep a program's input");
  while (!input.empty()) {
    const ssize_t written = ::write(file.get(), input.data(), input.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, "cannot keep a program's input");
    input.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) return fail_errno(errno, "cannot keep a program's input");
  return file;
}

}  // namespace

std::string Finished::text() const {
  if (timed_out) return "took too long and was killed";
  if (signal) return fmt::format("was killed by signal {}", *signal);
  return fmt::format("exited with status {}", status.value_or(0));
}

Result<std::string> find_program(const std::string& word, const std::string& path) {
  if (word.find('/') != std::string::npos) return word;
  std::string_view rest = path;
  while (!rest.empty() && !word.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (!folder.starts_with('/')) continue;  // relative to whatever folder one happens to be in
    std::string file = fmt::format("{}/{}", folder, word);
    struct stat info{};
    if (::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0) return file;
  }
  return fail(ErrorKind::not_found, "there is no program {} in {}", word, path);
}

Result<Finished> run(const Command& command) {
  CHECK(!command.argv.empty());
  const auto deadline = Clock::now() + command.timeout;
  const auto path = command.env.find("PATH");
  Fd input;
  if (!command.input.empty()) {
    TRY(input, readable(command.input));
  }
  Launch launch;
  TRY(launch.program,
      find_program(command.argv.front(), path == command.env.end() ? "/usr/bin:/bin" : path->second));
  TRY(Pipe out, make_pipe());
  TRY(Pipe err, make_pipe());
  launch.argv = command.argv;
  launch.env = command.env;
  launch.directory = command.directory;
  launch.user = command.user;
  launch.in = input ? input.get() : -1;
  launch.out = out.write.get();
  launch.err = err.write.get();
  TRY(const pid_t pid, spawn(launch));
  out.write.reset();
  err.write.reset();
  ::fcntl(out.read.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(err.read.get(), F_SETFL, O_NONBLOCK);
  const auto process = open_child(pid);
  if (!process) {  // no descriptors are left
    end_group(pid);
    return std::unexpected(process.error());
  }

  Finished finished;
  std::size_t err_bytes = 0;
  bool ended = false;
  while (!ended && !finished.timed_out) {
    std::array<pollfd, 3> polled{
        {{process->get(), POLLIN, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), left_ms(deadline)) < 0) continue;
    ended = polled[0].revents != 0;
    if (polled[1].revents != 0) take(out.read, finished.out, finished.out_bytes, command.keep);
    if (polled[2].revents != 0) take(err.read, finished.err, err_bytes, command.keep);
    finished.timed_out = !ended && Clock::now() >= deadline;
  }
  const int how = end_group(pid);
  take(out.read, finished.out, finished.out_bytes, command.keep);
  take(err.read, finished.err, err_bytes, command.keep);
  if (WIFEXITED(how)) finished.status = WEXITSTATUS(how);
  if (WIFSIGNALED(how)) finished.signal = WTERMSIG(how);
  return finished;
}

}  // namespace slipway::os
