#include "base/digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "drivers/artifacts/store.h"

namespace slipway::drivers {
namespace {

namespace fs = std::filesystem;

// Lengths in front of what can hold any byte: no two trees print the same.
void add_text(Sha256& digest, std::string_view text) {
  digest.update(fmt::format("{}:", text.size()));
  digest.update(text);
}

class File {
 public:
  explicit File(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Status add_content(Sha256& digest, const fs::path& path, std::uint64_t size) {
  const File file(path);
  if (file.fd() < 0) return fail_errno(errno, "cannot read " + path.string());
  digest.update(fmt::format("{}:", size));
  std::vector<char> buffer(256U << 10U);
  std::uint64_t total = 0;
  while (true) {
    const ssize_t got = ::read(file.fd(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read " + path.string());
    if (got == 0) break;
    digest.update({buffer.data(), static_cast<std::size_t>(got)});
    total += static_cast<std::uint64_t>(got);
  }
  if (total != size)
    return fail(ErrorKind::unavailable, "{} changed while it was read: try again", path.string());
  return {};
}

Status add_entry(Sha256& digest, const fs::path& root, const std::string& name) {
  const fs::path path = root / name;
  struct stat seen{};
  if (::lstat(path.c_str(), &seen) != 0) return fail_errno(errno, "cannot read " + path.string());
  switch (seen.st_mode & S_IFMT) {
    case S_IFDIR:
      digest.update("directory ");
      break;
    case S_IFREG:
      digest.update((seen.st_mode & S_IXUSR) != 0 ? "program " : "file ");
      break;
    case S_IFLNK:
      digest.update("link ");
      break;
    default:
      return fail(ErrorKind::invalid_input,
                  "{} can't be part of an artifact: only files, directories and links can", path.string());
  }
  add_text(digest, name);
  if (S_ISREG(seen.st_mode)) return add_content(digest, path, static_cast<std::uint64_t>(seen.st_size));
  if (S_ISLNK(seen.st_mode)) {
    std::error_code error;
    const std::string target = fs::read_symlink(path, error).string();
    if (error) return fail_errno(error.value(), "cannot read " + path.string());
    add_text(digest, target);
  }
  return {};
}

}  // namespace

Result<std::string> digest_tree(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code error;
  const std::size_t prefix = (root / "").native().size();
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end; it.increment(error))
    names.push_back(it->path().native().substr(prefix));
  if (error) return fail_errno(error.value(), "cannot read " + root.string());
  std::ranges::sort(names);
  Sha256 digest;
  for (const std::string& name : names) TRY_VOID(add_entry(digest, root, name));
  return digest.hex();
}

}  // namespace slipway::drivers
