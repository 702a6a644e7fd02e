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

constexpr Duration to_be_killed{10'000};

// Takes what is there, at most a megabyte so that one who never stops printing doesn't hold us; closes the
// descriptor at its end.
void take(Fd& from, std::string& tail, std::size_t& total, const Command& command) {
  std::array<char, 16'384> piece;
  for (int pieces = 0; from && pieces < 64; ++pieces) {
    const ssize_t got = ::read(from.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return from.reset();
    total += static_cast<std::size_t>(got);
    const std::string_view printed(piece.data(), static_cast<std::size_t>(got));
    if (command.on_output) command.on_output(printed);
    tail += printed;
    if (tail.size() > command.keep) tail.erase(0, tail.size() - command.keep);
  }
}

int left_ms(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<Duration>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

int reap(pid_t guard) {
  int how = 0;
  while (::waitpid(guard, &how, 0) < 0 && errno == EINTR) {
  }
  return how;
}

void ask_to_end(const Fd& leash) {
  const char byte = 'T';
  while (::write(leash.get(), &byte, 1) < 0 && errno == EINTR) {
  }
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

std::string Finished::last_line(std::size_t at_most) const {
  std::string_view text = err.empty() ? out : err;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1)).substr(0, at_most);
}

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
  auto deadline = Clock::now() + command.timeout;
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
  TRY(Pipe leash, make_pipe());
  launch.argv = command.argv;
  launch.env = command.env;
  launch.directory = command.directory;
  launch.user = command.user;
  launch.in = input ? input.get() : -1;
  launch.out = out.write.get();
  launch.err = command.one_output ? out.write.get() : err.write.get();
  launch.bond = Bond::guarded;
  launch.leash = leash.read.get();
  TRY(const pid_t pid, spawn(launch));
  leash.read.reset();
  out.write.reset();
  err.write.reset();
  ::fcntl(out.read.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(err.read.get(), F_SETFL, O_NONBLOCK);
  const auto guard = open_child(pid);
  if (!guard) {  // no descriptors are left
    leash.write.reset();
    reap(pid);
    return std::unexpected(guard.error());
  }

  Finished finished;
  std::size_t err_bytes = 0;
  bool ended = false, killed = false;
  while (!ended) {
    std::array<pollfd, 3> polled{
        {{guard->get(), POLLIN, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), left_ms(deadline)) < 0) continue;
    ended = polled[0].revents != 0;
    if (polled[1].revents != 0) take(out.read, finished.out, finished.out_bytes, command);
    if (polled[2].revents != 0) take(err.read, finished.err, err_bytes, command);
    if (ended || Clock::now() < deadline) continue;
    if (killed) return finished;  // and its guard goes on
    if (!finished.timed_out && command.grace > Duration(0)) {
      ask_to_end(leash.write);
      deadline = Clock::now() + command.grace;
    } else {
      leash.write.reset();
      killed = true;
      deadline = Clock::now() + to_be_killed;
    }
    finished.timed_out = true;
  }
  const int how = reap(pid);
  take(out.read, finished.out, finished.out_bytes, command);
  take(err.read, finished.err, err_bytes, command);
  if (WIFEXITED(how)) finished.status = WEXITSTATUS(how);
  if (WIFSIGNALED(how)) finished.signal = WTERMSIG(how);
  return finished;
}

}  // namespace slipway::os
