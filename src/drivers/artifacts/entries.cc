#include "drivers/artifacts/entries.h"

#include <deque>
#include <vector>

namespace slipway::drivers {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_entries = 500'000;
constexpr int most_hops = 40;  // as the kernel counts them

std::vector<std::string> parts(std::string_view path) {
  std::vector<std::string> all;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".") all.emplace_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return all;
}

fs::path joined(const fs::path& root, const std::vector<std::string>& at) {
  fs::path path = root;
  for (const std::string& part : at) path /= part;
  return path;
}

Result<bool> leads_outside(const fs::path& root, const fs::path& link) {
  std::vector<std::string> at = parts(link.lexically_relative(root).string());
  std::deque<std::string> to_come{at.back()};
  at.pop_back();
  int hops = 0;
  while (!to_come.empty()) {
    const std::string part = to_come.front();
    to_come.pop_front();
    if (part == "..") {
      if (at.empty()) return true;
      at.pop_back();
      continue;
    }
    at.push_back(part);
    const fs::path here = joined(root, at);
    std::error_code error;
    if (!fs::is_symlink(fs::symlink_status(here, error))) continue;
    if (++hops > most_hops) return false;  // a circle leads nowhere
    const std::string target = fs::read_symlink(here, error).string();
    if (error) return fail(ErrorKind::unavailable, "cannot read {}: {}", here.string(), error.message());
    if (target.starts_with('/')) return true;
    at.pop_back();
    const auto targets = parts(target);
    to_come.insert(to_come.begin(), targets.begin(), targets.end());
  }
  return false;
}

}  // namespace

Result<std::string> Entries::inside(std::string_view name) {
  if (name.starts_with('/'))
    return fail(ErrorKind::invalid_input,
                "\"{}\" is an absolute path: pack it relative to the artifact's folder", name);
  std::string path;
  for (const std::string& part : parts(name)) {
    if (part == "..")
      return fail(ErrorKind::invalid_input, "\"{}\" leads outside the artifact: pack it without \"..\"",
                  name);
    path += path.empty() ? part : "/" + part;
  }
  return path;
}

Status Entries::add(const std::string& path, Kind kind) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto [parent, added] = entries_.emplace(path.substr(0, slash), Kind::directory);
    if (parent->second != Kind::directory)
      return fail(ErrorKind::invalid_input, "\"{}\" lies below \"{}\", which is not a directory", path,
                  parent->first);
  }
  const auto [entry, added] = entries_.emplace(path, kind);
  const bool directory_again = kind == Kind::directory && entry->second == Kind::directory;
  if (!added && !directory_again)
    return fail(ErrorKind::invalid_input, "\"{}\" is in the archive twice", path);
  if (entries_.size() > most_entries)
    return fail(ErrorKind::invalid_input, "the archive has more than {} entries", most_entries);
  return {};
}

bool Entries::is_file(const std::string& path) const {
  const auto found = entries_.find(path);
  return found != entries_.end() && found->second == Kind::file;
}

Status check_links(const fs::path& root) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_symlink(error)) continue;
    TRY(const bool outside, leads_outside(root, it->path()));
    if (outside)
      return fail(ErrorKind::invalid_input, "\"{}\" is a link that leads outside the artifact, to \"{}\"",
                  it->path().lexically_relative(root).string(), fs::read_symlink(it->path(), error).string());
  }
  if (error) return fail(ErrorKind::unavailable, "cannot read {}: {}", root.string(), error.message());
  return {};
}

}  // namespace slipway::drivers
