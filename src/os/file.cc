#include "os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace slipway::os {
namespace {

Status write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(errno, "cannot write");
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status write_whole(int fd, std::string_view content, mode_t mode) {
  if (::fchmod(fd, mode) < 0) return fail_errno(errno, "cannot set its mode");
  return write_all(fd, content);
}

struct flock whole_file(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

enum class Sync { yes, no };

Status put_in_place(const std::filesystem::path& path, std::string_view content, mode_t mode, Sync sync) {
  static std::atomic<unsigned> counter{0};  // threads of one process mustn't write the same temporary file
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const std::filesystem::path temporary =
      folder / fmt::format(".{}.{}.{}", path.filename().string(), ::getpid(), ++counter);

  const Fd dir(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return fail_errno(errno, fmt::format("cannot open the folder {}", folder.string()));
  const Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return fail_errno(errno, fmt::format("cannot create {}", temporary.string()));

  Status written = write_whole(file.get(), content, mode);
  if (written && sync == Sync::yes && ::fsync(file.get()) < 0) written = fail_errno(errno, "cannot sync");
  if (written && ::rename(temporary.c_str(), path.c_str()) < 0)
    written = fail_errno(errno, "cannot put it in place");
  if (!written) {
    ::unlink(temporary.c_str());
    return std::unexpected(std::move(written.error()).within(fmt::format("while writing {}", path.string())));
  }
  if (sync == Sync::yes && ::fsync(dir.get()) < 0)
    return fail_errno(errno, fmt::format("cannot sync the folder {}", folder.string()));
  return {};
}

}  // namespace

Status write_atomically(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  return put_in_place(path, content, mode, Sync::yes);
}

Status replace_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  return put_in_place(path, content, mode, Sync::no);
}

Status sync_file(const std::filesystem::path& path) {
  for (const auto& each : {path, path.parent_path()}) {
    const Fd file(::open(each.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return fail_errno(errno, fmt::format("cannot open {}", each.string()));
    if (::fsync(file.get()) < 0) return fail_errno(errno, fmt::format("cannot sync {}", each.string()));
  }
  return {};
}

Result<std::string> read_all(int fd, std::size_t at_most) {
  std::string content;
  std::array<char, 16'384> piece;
  while (true) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read");
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > at_most)
      return fail(ErrorKind::invalid_input, "it is larger than {} bytes", at_most);
  }
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t at_most) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno(errno, fmt::format("cannot open {}", path.string()));
  auto content = read_all(file.get(), at_most);
  if (!content) return std::unexpected(std::move(content.error()).within(path.string()));
  return content;
}

Status make_dirs(const std::filesystem::path& path, mode_t mode) {
  std::filesystem::path so_far;
  for (const auto& part : path) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), mode) == 0) continue;
    // A folder that exists may also be refused as read-only or forbidden; what counts is that it is one.
    const int error_number = errno;
    struct stat info{};
    if (::stat(so_far.c_str(), &info) == 0) {
      if (S_ISDIR(info.st_mode)) continue;
      return fail_errno(ENOTDIR, fmt::format("cannot make the folder {}", so_far.string()));
    }
    return fail_errno(error_number, fmt::format("cannot make the folder {}", so_far.string()));
  }
  return {};
}

Result<std::uint64_t> free_bytes(const std::filesystem::path& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) < 0)
    return fail_errno(errno, fmt::format("cannot ask for the free space of {}", path.string()));
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Status lock_descriptor(int fd, const std::filesystem::path& path) {
  // Locks of the open file description: unlike process locks they survive fork and are not lost when some
  // other descriptor of the same file is closed; unlike flock they can be looked at without being taken.
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return {};
  if (errno == EAGAIN || errno == EACCES)
    return fail(ErrorKind::conflict, "{} is held by another process", path.string());
  return fail_errno(errno, fmt::format("cannot lock {}", path.string()));
}

Result<Fd> lock_file(const std::filesystem::path& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return fail_errno(errno, fmt::format("cannot open {}", path.string()));
  TRY_VOID(lock_descriptor(file.get(), path));
  return file;
}

Result<bool> is_locked(const std::filesystem::path& path) {
  const Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return false;
  if (!file) return fail_errno(errno, fmt::format("cannot open {}", path.string()));
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(file.get(), F_OFD_GETLK, &lock) != 0)
    return fail_errno(errno, fmt::format("cannot look at the lock {}", path.string()));
  return lock.l_type != F_UNLCK;
}

}  // namespace slipway::os
