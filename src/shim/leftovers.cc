#include "shim/leftovers.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>

#include "os/file.h"

namespace slipway::shim {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds leftovers_end_within{5};
constexpr std::size_t largest_environment = 16 << 20;

// The value that a process got for a variable; nothing where it has none, or that can't be known.
std::optional<std::string> variable_of(pid_t pid, std::string_view name) {
  const auto environment = os::read_file(fmt::format("/proc/{}/environ", pid), largest_environment);
  if (!environment) return {};
  const std::string wanted = fmt::format("{}=", name);
  for (std::string_view left = *environment; !left.empty();) {
    const std::string_view line = left.substr(0, left.find('\0'));
    if (line.starts_with(wanted)) return std::string(line.substr(wanted.size()));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
  }
  return {};
}

bool lies_in(const fs::path& file, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end();
}

bool is_at_work_in(pid_t pid, const fs::path& folder) {
  for (const char* link : {"cwd", "exe"}) {
    std::error_code error;
    const fs::path place = fs::read_symlink(fmt::format("/proc/{}/{}", pid, link), error);
    if (!error && lies_in(place, folder)) return true;
  }
  return false;
}

// Where the program runs, as the kernel names it; empty where that is no folder of its own.
fs::path place_of(const Folder& folder) {
  const auto spec = read_spec(folder);
  if (!spec || spec->directory.empty()) return {};
  std::error_code error;
  fs::path place = fs::canonical(spec->directory, error);
  return error || place == place.root_path() ? fs::path() : place;
}

struct Owner {
  Lives lives;
  fs::path place;

  bool owns(const os::Identity& process) const {
    if (process.start_time < lives.shim.start_time) return false;
    if (const auto mark = variable_of(process.pid, mark_name)) return *mark == mark_of(lives.shim);
    return lives.program && process.start_time >= lives.program->start_time &&
           ::getpgid(process.pid) == lives.program->pid && !place.empty() &&
           is_at_work_in(process.pid, place);
  }
};

Result<std::vector<pid_t>> all_processes() {
  std::vector<pid_t> pids;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t pid = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (read.ec == std::errc{} && read.ptr == name.data() + name.size()) pids.push_back(pid);
  }
  if (error) return fail(ErrorKind::unavailable, "cannot list the processes: {}", error.message());
  return pids;
}

}  // namespace

std::string mark_of(const os::Identity& shim) {
  return fmt::format("{}.{}.{}", shim.pid, shim.start_time, shim.boot_id);
}

Result<std::vector<os::Fd>> leftovers(const Folder& folder) {
  std::vector<os::Fd> found;
  const auto lives = read_lives(folder);
  if (!lives) {
    // Nothing recorded, or nothing that can be believed.
    if (lives.error().kind == ErrorKind::not_found || lives.error().kind == ErrorKind::invalid_input)
      return found;
    return std::unexpected(lives.error());
  }
  TRY(const std::string boot, os::boot_id());
  if (lives->shim.boot_id != boot) return found;
  const Owner owner{*lives, place_of(folder)};
  TRY(const std::vector<pid_t> pids, all_processes());
  for (const pid_t pid : pids) {
    if (pid == ::getpid()) continue;
    const auto identity = os::identify(pid);
    if (!identity) continue;
    // Opened before it is looked at: should the number change hands between, the descriptor is of a process
    // that has ended, and a signal to it hits nobody.
    auto process = os::open_process(*identity);
    if (!process && process.error().kind != ErrorKind::not_found) return std::unexpected(process.error());
    if (process && owner.owns(*identity)) found.push_back(*std::move(process));
  }
  return found;
}

Status end_leftovers(const Folder& folder) {
  const auto until = std::chrono::steady_clock::now() + leftovers_end_within;
  while (true) {
    TRY(const std::vector<os::Fd> found, leftovers(folder));
    if (found.empty()) break;
    for (const os::Fd& process : found) TRY_VOID(os::send_signal(process, SIGKILL));
    for (const os::Fd& process : found) {
      const auto left = std::chrono::ceil<Duration>(until - std::chrono::steady_clock::now());
      if (!os::await_end(process, std::max(left, Duration(0))))
        return fail(ErrorKind::unavailable, "processes that the shim in {} left behind can't be ended",
                    folder.dir.string());
    }
  }
  std::error_code ignored;  // kept, it is looked at again, and nothing found
  std::filesystem::remove(folder.identity(), ignored);
  return {};
}

}  // namespace slipway::shim
