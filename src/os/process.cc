#include "os/process.h"

#include <poll.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sstream>

#include "os/file.h"

namespace slipway::os {
namespace {

Result<std::uint64_t> start_time(pid_t pid) {
  const auto gone = fail(ErrorKind::not_found, "process {} has ended", pid);
  const auto read = read_file(fmt::format("/proc/{}/stat", pid));
  if (!read) return gone;  // ENOENT before it is opened, ESRCH after
  const std::string& stat = *read;
  // The 2nd field is the name in parentheses, which may hold spaces and parentheses itself: count from the
  // last one.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return fail(ErrorKind::internal, "/proc/{}/stat can't be read", pid);
  std::istringstream fields(stat.substr(name_end + 1));
  std::string state;
  fields >> state;
  if (state == "Z" || state == "X") return gone;
  std::string skipped;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::uint64_t ticks = 0;
  if (!(fields >> ticks)) return fail(ErrorKind::internal, "/proc/{}/stat can't be read", pid);
  return ticks;
}

}  // namespace

Result<std::string> boot_id() {
  TRY(std::string id, read_file("/proc/sys/kernel/random/boot_id"));
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

Result<Identity> identify(pid_t pid) {
  TRY(std::string boot, boot_id());
  TRY(const std::uint64_t started, start_time(pid));
  return Identity{pid, started, std::move(boot)};
}

Result<Fd> open_process(const Identity& identity) {
  const auto gone = fail(ErrorKind::not_found, "process {} has ended", identity.pid);
  TRY(const std::string boot, boot_id());
  if (identity.pid <= 0 || boot != identity.boot_id) return gone;
  Fd process(static_cast<int>(::syscall(SYS_pidfd_open, identity.pid, 0)));
  if (!process && errno == ESRCH) return gone;
  if (!process) return fail_errno(errno, fmt::format("cannot open process {}", identity.pid));
  // Only now: from here on the descriptor can't come to mean another process.
  const auto started = start_time(identity.pid);
  if (!started || *started != identity.start_time) return gone;
  return process;
}

Result<Fd> open_child(pid_t pid) {
  Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return fail_errno(errno, fmt::format("cannot open process {}", pid));
  return process;
}

Status send_signal(const Fd& process, int number) {
  if (::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0) == 0 || errno == ESRCH) return {};
  return fail_errno(errno, fmt::format("cannot send signal {}", number));
}

Status await_end(const Fd& process, Duration within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (true) {
    const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now()).count();
    pollfd p{.fd = process.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&p, 1, static_cast<int>(std::clamp<long long>(left, 0, 3'600'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "cannot wait for a process");
    if (left <= 0) return fail(ErrorKind::unavailable, "it still runs after {}", format_duration(within));
  }
}

}  // namespace slipway::os
