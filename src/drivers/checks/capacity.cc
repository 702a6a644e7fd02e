#include "drivers/checks/capacity.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>

#include "os/file.h"

namespace slipway::drivers::checks {
namespace {

namespace fs = std::filesystem;

// A number in a file of the kernel's; "max", or no such file: nothing.
std::optional<std::int64_t> number_in(const fs::path& file) {
  const auto content = os::read_file(file);
  std::int64_t value = 0;
  if (!content ||
      std::from_chars(content->data(), content->data() + content->size(), value).ec != std::errc{})
    return {};
  return value;
}

// Of lines such as "MemAvailable:   123 kB" and "inactive_file 123".
std::optional<std::int64_t> field_in(const fs::path& file, const std::string& name) {
  const auto content = os::read_file(file);
  if (!content) return {};
  std::istringstream lines(*content);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::int64_t value = 0;
    if (words >> first >> value && first == name) return value;
  }
  return {};
}

// Our own, and those above it.
std::vector<fs::path> control_groups() {
  const auto content = os::read_file("/proc/self/cgroup");
  std::vector<fs::path> groups;
  if (!content) return groups;
  std::istringstream lines(*content);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("0::/")) continue;
    for (fs::path path = line.substr(3);; path = path.parent_path()) {
      groups.push_back(fs::path("/sys/fs/cgroup") / path.relative_path());
      if (path == path.parent_path()) break;
    }
  }
  return groups;
}

void lower(std::optional<std::int64_t>& left, std::optional<std::int64_t> other) {
  if (other && (!left || *other < *left)) left = std::max<std::int64_t>(*other, 0);
}

// "0.10 0.20 0.30 1/345 6789": 345 threads.
std::optional<std::int64_t> threads_now() {
  const auto content = os::read_file("/proc/loadavg");
  if (!content) return {};
  const auto slash = content->find('/');
  std::int64_t count = 0;
  if (slash == std::string::npos ||
      std::from_chars(content->data() + slash + 1, content->data() + content->size(), count).ec !=
          std::errc{})
    return {};
  return count;
}

struct Process {
  pid_t parent = 0;
  Use use;
};

std::optional<Process> process(const fs::path& folder) {
  constexpr int parent_field = 4, threads_field = 20, resident_field = 24;
  const auto stat = os::read_file(folder / "stat");
  const auto name_end = stat ? stat->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return {};
  std::istringstream fields(stat->substr(name_end + 1));
  std::vector<std::string> values(3);  // fields 0 to 2; the 3rd is the first after the name
  for (std::string value; fields >> value;) values.push_back(value);
  if (values.size() <= resident_field) return {};
  const auto as_number = [&](int field) {
    const std::string& value = values[static_cast<std::size_t>(field)];
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return std::max<std::int64_t>(number, 0);
  };
  return Process{.parent = static_cast<pid_t>(as_number(parent_field)),
                 .use = {.memory = static_cast<std::uint64_t>(as_number(resident_field)) *
                                   static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)),
                         .processes = as_number(threads_field)}};
}

std::map<pid_t, Process> all_processes() {
  std::map<pid_t, Process> all;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size())
      continue;
    if (const auto found = process(entry->path())) all.emplace(pid, *found);
  }
  return all;
}

std::string in_bytes(std::uint64_t bytes) {
  constexpr double mega = 1e6, giga = 1e9;
  const auto value = static_cast<double>(bytes);
  if (value >= 10 * giga) return fmt::format("{:.0f} GB", value / giga);
  if (value >= giga) return fmt::format("{:.1f} GB", value / giga);
  return fmt::format("{:.0f} MB", value / mega);
}

std::string instances(int count) {
  return count == 1 ? "1 more instance" : fmt::format("{} more instances", count);
}

}  // namespace

Result<Room> room() {
  constexpr std::int64_t kilobyte = 1024;
  std::optional<std::int64_t> memory = field_in("/proc/meminfo", "MemAvailable:");
  if (memory) *memory *= kilobyte;
  std::optional<std::int64_t> processes;
  for (const fs::path& group : control_groups()) {
    const auto most = number_in(group / "memory.max"), used = number_in(group / "memory.current");
    // What was read from files and not of late makes room.
    if (most && used)
      lower(memory, *most - *used + field_in(group / "memory.stat", "inactive_file").value_or(0));
    const auto most_processes = number_in(group / "pids.max"), now = number_in(group / "pids.current");
    if (most_processes && now) lower(processes, *most_processes - *now);
  }
  if (const auto now = threads_now())
    for (const fs::path limit : {"/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"})
      if (const auto most = number_in(limit)) lower(processes, *most - *now);
  if (!memory)
    return fail(ErrorKind::unavailable, "how much memory is free can't be read from /proc/meminfo");
  return Room{.memory = static_cast<std::uint64_t>(*memory), .processes = processes};
}

std::vector<Use> use_of(const std::vector<pid_t>& roots) {
  const auto all = all_processes();
  std::multimap<pid_t, pid_t> children;
  for (const auto& [pid, process] : all) children.emplace(process.parent, pid);
  std::vector<Use> uses;
  for (const pid_t root : roots) {
    Use use;
    std::vector<pid_t> below{root};
    for (std::size_t i = 0; i < below.size(); ++i) {
      const auto found = all.find(below[i]);
      if (found == all.end()) continue;
      use.memory += found->second.use.memory;
      use.processes += found->second.use.processes;
      const auto [from, to] = children.equal_range(below[i]);
      for (auto child = from; child != to; ++child) below.push_back(child->second);
    }
    if (use.processes > 0) uses.push_back(use);
  }
  return uses;
}

core::Evidence fits(const Room& room, const std::vector<Use>& running, int more) {
  core::Evidence evidence;
  if (running.empty()) {
    evidence.passed = true;
    evidence.summary =
        fmt::format("what {} will need isn't known, as nothing of it runs here yet; {} of memory are free",
                    instances(more), in_bytes(room.memory));
    return evidence;
  }
  Use largest;
  for (const Use& use : running) {
    largest.memory = std::max(largest.memory, use.memory);
    largest.processes = std::max(largest.processes, use.processes);
  }
  const std::uint64_t memory = largest.memory * static_cast<std::uint64_t>(more);
  const std::int64_t processes = largest.processes * more;
  if (memory > room.memory) {
    evidence.summary = fmt::format(
        "{} like the largest that runs need {} of memory, and {} are free; free some, or run fewer instances",
        instances(more), in_bytes(memory), in_bytes(room.memory));
  } else if (room.processes && processes > *room.processes) {
    evidence.summary = fmt::format(
        "{} like the largest that runs need {} processes and threads, and {} more are allowed; raise the "
        "limit (pids.max, kernel.threads-max), or run fewer instances",
        instances(more), processes, *room.processes);
  } else {
    evidence.passed = true;
    evidence.summary = fmt::format("{} like the largest that runs need {} of {} free memory", instances(more),
                                   in_bytes(memory), in_bytes(room.memory));
  }
  return evidence;
}

}  // namespace slipway::drivers::checks
