#include "drivers/traffic/haproxy_folder.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>

#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/routes_json.h"
#include "os/file.h"
#include "os/spawn.h"

namespace slipway::drivers::haproxy {
namespace {

constexpr Duration check_within{10'000};

bool has_content(const std::filesystem::path& path, const std::string& content) {
  const auto there = os::read_file(path);
  return there && *there == content;
}

// A lease that can't be read has run out: users are with stable, and the next renewal brings it back.
void read_leases(std::string_view text, Routes& routes) {
  for (auto& [target, route] : routes) {
    const std::string key = frontend_name(target) + " ";
    std::size_t at = text.starts_with(key) ? 0 : text.find("\n" + key);
    if (at == std::string_view::npos) continue;
    if (text[at] == '\n') ++at;
    const std::string_view rest = text.substr(at + key.size());
    Duration::rep milliseconds = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), milliseconds);
    route.lease = Time(Duration(milliseconds));
  }
}

// HAProxy's complaints in its output, without their dates and pids.
std::string alerts(std::string_view output) {
  std::string result;
  while (!output.empty()) {
    const std::size_t end = output.find('\n');
    std::string_view line = output.substr(0, end);
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    const std::size_t alert = line.find("[ALERT]");
    if (alert == std::string_view::npos || line.find("Fatal errors found") != std::string_view::npos)
      continue;
    const std::size_t text = line.find(" : ", alert);
    line = text == std::string_view::npos ? line.substr(alert) : line.substr(text + 3);
    if (!result.empty()) result += "; ";
    result += line;
  }
  return result;
}

// What the child writes until it closes the pipe; the child is killed when the time is over.
std::string read_output(const os::Fd& pipe, pid_t child, Duration within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  std::string output;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
    if (left <= Duration{0}) {
      ::kill(child, SIGKILL);
      return output + "[ALERT] : haproxy -c didn't end\n";
    }
    pollfd ready{.fd = pipe.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t size = ::read(pipe.get(), buffer.data(), buffer.size());
    if (size == 0 || (size < 0 && errno != EINTR)) return output;
    if (size > 0 && output.size() < (1U << 20)) output.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace

Result<Routes> Folder::load() const {
  const std::filesystem::path path = dir_ / "routes.json";
  const auto text = os::read_file(path);
  if (!text && text.error().kind == ErrorKind::not_found) return Routes{};
  const auto broken = [&](Error error) {
    return fail(ErrorKind::invalid_input,
                "{} can't be used: {}. Restore it from a backup, or remove it and deploy again",
                path.string(), error.message);
  };
  if (!text) return broken(text.error());
  const auto json = parse_json(*text);
  if (!json) return broken(json.error());
  auto routes = decode_routes(*json);
  if (!routes) return broken(routes.error());
  if (const auto leases = os::read_file(dir_ / "lease.map")) read_leases(*leases, *routes);
  return routes;
}

std::optional<Folder::Stamp> Folder::stamp_of(const std::filesystem::path& path) {
  struct stat now{};
  if (::stat(path.c_str(), &now) != 0) return std::nullopt;
  return Stamp{now.st_ino, now.st_size, now.st_mtim};
}

bool Folder::Stamp::same_file(const Stamp& other) const {
  return inode == other.inode && size == other.size && changed.tv_sec == other.changed.tv_sec &&
         changed.tv_nsec == other.changed.tv_nsec;
}

Status Folder::put(const std::string& name, const std::string& content) {
  const std::filesystem::path path = dir_ / name;
  const std::size_t hash = std::hash<std::string>()(content);
  if (const auto known = written_.find(name); known != written_.end() && known->second.hash == hash)
    if (const auto now = stamp_of(path); now && now->same_file(known->second)) return {};
  if (!has_content(path, content)) {
    if (const Status replaced = os::replace_file(path, content); !replaced) {
      written_.clear();
      return replaced;
    }
  }
  if (auto stamp = stamp_of(path)) {
    stamp->hash = hash;
    written_[name] = *stamp;
  }
  return {};
}

Status Folder::write(const Routes& routes) {
  files_->forget_others(routes);
  for (const auto& [name, content] : files_->all(routes)) TRY_VOID(put(name, content));
  left_out_ = false;
  return {};
}

Status Folder::write_map(const std::string& name, const Routes& routes) {
  return put(name, Files::map_file(name, routes));
}

bool Folder::is_as_written() const {
  return !written_.empty() && !left_out_ && std::ranges::all_of(written_, [&](const auto& file) {
    const auto now = stamp_of(dir_ / file.first);
    return now && now->same_file(file.second);
  });
}

void Folder::leave_out(const Addresses& without) {
  if (files_->leave_out(without)) left_out_ = true;
}

Status Folder::keep() const {
  return os::sync_file(dir_ / "routes.json");
}

Status Folder::check(const Routes& routes) const {
  const std::filesystem::path aside = dir_ / "check";
  TRY_VOID(os::make_dirs(aside));
  for (const auto& [name, content] : files_->all(routes)) {
    std::ofstream file(aside / name, std::ios::trunc);
    file << content;
    if (!file.flush()) return fail(ErrorKind::unavailable, "cannot write {}", (aside / name).string());
  }
  TRY(os::Pipe pipe, os::make_pipe());
  os::Launch launch;
  launch.program = binary_;
  launch.argv = {"haproxy", "-c", "-f", "haproxy.cfg"};
  launch.directory = aside;
  launch.out = pipe.write.get();
  launch.err = pipe.write.get();
  launch.bond = os::Bond::dies_with_parent;
  TRY(const pid_t child, os::spawn(launch));
  pipe.write.reset();
  const std::string output = read_output(pipe.read, child, check_within);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::invalid_input, "HAProxy refuses the configuration in {}: {}", aside.string(),
              alerts(output));
}

std::uintmax_t Folder::output_size() const {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(dir_ / "output.log", none);
  return none ? 0 : size;
}

Folder::Reloads Folder::reloads_since(std::uintmax_t size) const {
  std::ifstream file(dir_ / "output.log");
  // It was rotated.
  if (output_size() < size) size = 0;
  file.seekg(static_cast<std::streamoff>(size));
  Reloads reloads;
  for (std::string line; std::getline(file, line);) {
    reloads.begun = reloads.begun || line.find("Reloading HAProxy") != std::string::npos;
    reloads.failed = reloads.failed || line.find("Loading failure!") != std::string::npos;
  }
  return reloads;
}

std::vector<ListenAddress> Folder::couldnt_bind() const {
  constexpr std::uintmax_t enough = 256U << 10;
  std::ifstream file(dir_ / "output.log");
  const std::uintmax_t size = output_size();
  file.seekg(static_cast<std::streamoff>(size - std::min(size, enough)));
  std::vector<ListenAddress> ended, now;
  for (std::string line; std::getline(file, line);) {
    if (line.find(" shim the program exited") != std::string::npos) ended = std::exchange(now, {});
    if (const auto address = unbindable_in(line)) now.push_back(*address);
  }
  return now.empty() ? ended : now;
}

std::string Folder::last_alert() const {
  const auto output = os::read_file(dir_ / "output.log");
  if (!output) return {};
  std::string_view recent = *output;
  if (recent.size() > 4000) recent.remove_prefix(recent.size() - 4000);
  const std::size_t last = recent.rfind("[ALERT]");
  if (last == std::string_view::npos) return {};
  // The last line alone says often no more than that errors were found: what came right before says which.
  const std::size_t before = recent.substr(0, last).rfind("[ALERT]");
  return alerts(recent.substr(before == std::string_view::npos ? last : before));
}

}  // namespace slipway::drivers::haproxy
