#include "support/descendants.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/check.h"

namespace slipway::test {
namespace {

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();  // which may fail at any moment: the process ends
  return text.str();
}

// The parents of all processes that have not ended.
std::map<pid_t, pid_t> living() {
  std::map<pid_t, pid_t> parents;
  std::error_code ended;
  for (std::filesystem::directory_iterator entry("/proc", ended), end; !ended && entry != end;
       entry.increment(ended)) {
    const std::string name = entry->path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
    const std::string stat = read_all(entry->path() / "stat");
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream fields(stat.substr(name_end + 1));
    char state = 0;
    pid_t parent = 0;
    fields >> state >> parent;
    if (state != 'Z' && state != 'X') parents[pid] = parent;
  }
  return parents;
}

Process describe(pid_t pid, pid_t parent) {
  const std::filesystem::path proc = "/proc/" + std::to_string(pid);
  std::error_code ignored;
  Process process;
  process.pid = pid;
  process.parent = parent;
  process.exe = std::filesystem::read_symlink(proc / "exe", ignored);
  process.line = read_all(proc / "cmdline");
  std::ranges::replace(process.line, '\0', ' ');
  return process;
}

}  // namespace

void adopt_orphans() {
  CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
}

std::vector<Process> descendants() {
  const std::map<pid_t, pid_t> parents = living();
  std::vector<Process> found;
  std::vector<pid_t> generation{getpid()};
  while (!generation.empty()) {
    std::vector<pid_t> children;
    for (const auto& [pid, parent] : parents) {
      if (std::ranges::find(generation, parent) == generation.end()) continue;
      found.push_back(describe(pid, parent));
      children.push_back(pid);
    }
    generation = std::move(children);
  }
  return found;
}

void end_descendants() {
  while (true) {
    const std::vector<Process> left = descendants();
    // A parent is killed before its children, so that a shim can't start its program again.
    for (const Process& process : left) kill(process.pid, SIGKILL);
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (left.empty()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace slipway::test
