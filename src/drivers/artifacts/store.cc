#include "drivers/artifacts/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "drivers/artifacts/unpack.h"

namespace slipway::drivers {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unpacking_prefix = ".unpacking-";
constexpr std::string_view removing_prefix = ".removing-";

Status failed(const std::error_code& error, std::string what) {
  return fail_errno(error.value(), std::move(what));
}

bool is_digest(std::string_view name) {
  return name.size() == 64 &&
         std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<std::vector<fs::path>> children(const fs::path& dir) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error))
    all.push_back(it->path());
  if (error) return fail_errno(error.value(), "cannot read " + dir.string());
  std::ranges::sort(all);
  return all;
}

// Read-only directories must be made writable before anything can be taken out of them.
Status remove_tree(const fs::path& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() == fs::file_type::directory) {
    fs::permissions(path, fs::perms::owner_all, error);
    if (error) return failed(error, "cannot remove " + path.string());
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error))
      if (fs::symlink_status(it->path(), error).type() == fs::file_type::directory)
        fs::permissions(it->path(), fs::perms::owner_all, error);
  }
  fs::remove_all(path, error);
  if (error) return failed(error, "cannot remove " + path.string());
  return {};
}

// Files before the directories that hold them: a directory is closed last.
Status make_read_only(const fs::path& root) {
  std::vector<fs::path> directories{root};
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
    struct stat seen{};
    if (::lstat(it->path().c_str(), &seen) != 0)
      return fail_errno(errno, "cannot read " + it->path().string());
    if (S_ISDIR(seen.st_mode)) directories.push_back(it->path());
    const mode_t mode = (seen.st_mode & S_IXUSR) != 0 ? 0555 : 0444;
    if (S_ISREG(seen.st_mode) && ::chmod(it->path().c_str(), mode) != 0)
      return fail_errno(errno, "cannot protect " + it->path().string());
  }
  if (error) return failed(error, "cannot read " + root.string());
  for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory)
    if (::chmod(directory->c_str(), 0555) != 0)
      return fail_errno(errno, "cannot protect " + directory->string());
  return {};
}

// All of the file system that holds `dir` on the disk: an artifact in place is whole, also after a power cut.
Status sync(const fs::path& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail_errno(errno, "cannot open " + dir.string());
  const int result = ::syncfs(fd);
  const int error = errno;
  ::close(fd);
  if (result != 0) return fail_errno(error, "cannot write " + dir.string() + " to the disk");
  return {};
}

// A directory that is removed with the scope, unless it has gone elsewhere by then.
class Scratch {
 public:
  static Result<Scratch> make(const fs::path& dir) {
    std::string path = (dir / unpacking_prefix).string() + "XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return fail_errno(errno, "cannot write in " + dir.string());
    return Scratch(path);
  }
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    // What can't be removed now is removed when the store is opened again.
    if (!path_.empty()) static_cast<void>(remove_tree(path_));
  }

  const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  explicit Scratch(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

}  // namespace

Result<ArtifactStore> ArtifactStore::open(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir / "incoming", error);
  if (error) return fail_errno(error.value(), "cannot create " + dir.string());
  // No link is left in the path, so that unpacking can refuse every one that it meets.
  const fs::path whole = fs::canonical(dir, error);
  if (error) return fail_errno(error.value(), "cannot open " + dir.string());
  ArtifactStore store(whole);
  TRY(std::vector<fs::path> leftovers, children(store.incoming()));
  TRY(const auto present, children(whole));
  for (const fs::path& path : present) {
    const std::string name = path.filename().string();
    if (name.starts_with(unpacking_prefix) || name.starts_with(removing_prefix)) leftovers.push_back(path);
  }
  for (const fs::path& path : leftovers) TRY_VOID(remove_tree(path));
  return store;
}

Result<std::string> ArtifactStore::add_archive(const fs::path& archive, std::uint64_t max_bytes) {
  TRY(Scratch scratch, Scratch::make(dir_));
  TRY_VOID(unpack(archive, scratch.path(), max_bytes));
  TRY(std::string digest, digest_tree(scratch.path()));
  if (has(digest)) return digest;
  TRY_VOID(make_read_only(scratch.path()));
  TRY_VOID(sync(scratch.path()));
  if (::rename(scratch.path().c_str(), path(digest).c_str()) != 0) {
    const int error = errno;
    // Somebody else added the same in the meantime: the same content, so theirs will do.
    if (has(digest)) return digest;
    return fail_errno(error, "cannot put the artifact into " + dir_.string());
  }
  scratch.keep();
  TRY_VOID(sync(dir_));
  return digest;
}

bool ArtifactStore::has(const std::string& digest) const {
  std::error_code error;
  return is_digest(digest) && fs::is_directory(path(digest), error);
}

fs::path ArtifactStore::path(const std::string& digest) const {
  return dir_ / digest;
}

fs::path ArtifactStore::incoming() const {
  return dir_ / "incoming";
}

Result<int> ArtifactStore::collect(const std::set<std::string>& needed) {
  TRY(const auto present, children(dir_));
  int removed = 0;
  for (const fs::path& path : present) {
    const std::string name = path.filename().string();
    if (!is_digest(name) || needed.contains(name)) continue;
    // Out of sight first: half an artifact must never be found under its digest.
    const fs::path away = dir_ / (std::string(removing_prefix) + name);
    std::error_code error;
    fs::rename(path, away, error);
    if (error) return fail_errno(error.value(), "cannot remove " + path.string());
    TRY_VOID(remove_tree(away));
    ++removed;
  }
  return removed;
}

}  // namespace slipway::drivers
