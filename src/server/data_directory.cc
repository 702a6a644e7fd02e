#include "server/data_directory.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/log.h"
#include "os/file.h"
#include "os/unix_socket.h"

namespace slipway::server {
namespace {

constexpr mode_t passable = 0711;
constexpr mode_t secret = 0600;

std::string holder(const std::filesystem::path& lock) {
  constexpr std::size_t at_most = 32;
  const auto text = os::read_file(lock, at_most);
  if (!text || text->empty() || text->find_first_not_of("0123456789\n") != std::string::npos)
    return "another daemon";
  return "the daemon with pid " + text->substr(0, text->find('\n'));
}

// The pid in the lock file is for people alone; a full disk may leave it out.
void sign(const os::Fd& lock) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.get(), 0) != 0 || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0)
    log_warning("the daemon's pid can't be noted in its lock file: {}",
                std::generic_category().message(errno));
}

Result<os::Fd> open_file(const std::filesystem::path& path) {
  os::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, secret));
  if (!file) return fail_errno(errno, fmt::format("cannot open {}", path.native()));
  return file;
}

using Nanoseconds = std::chrono::sys_time<std::chrono::nanoseconds>;

void set_time(const os::Fd& file, Nanoseconds at) {
  const auto since = at.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const timespec time{seconds.count(), (since - seconds).count()};
  const timespec times[2] = {time, time};
  ::futimens(file.get(), times);
}

// A file whose time says something; nothing as yet, where it is new.
Result<os::Fd> open_sign(const std::filesystem::path& path) {
  std::error_code error;
  const bool fresh = !std::filesystem::exists(path, error);
  TRY(os::Fd file, open_file(path));
  if (fresh) set_time(file, {});
  return file;
}

std::optional<Duration> since(const os::Fd& file) {
  struct stat status{};
  if (::fstat(file.get(), &status) != 0 || status.st_mtim.tv_sec == 0) return std::nullopt;
  const Nanoseconds at{std::chrono::seconds(status.st_mtim.tv_sec) +
                       std::chrono::nanoseconds(status.st_mtim.tv_nsec)};
  return std::chrono::floor<Duration>(std::chrono::system_clock::now() - at);
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::filesystem::path& given) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(given, error).lexically_normal();
  if (error)
    return fail_errno(error.value(), fmt::format("cannot use the data directory {}", given.native()));
  TRY_VOID(os::make_dirs(path, passable));
  const std::filesystem::path lock_path = path / "lock";
  auto lock = os::lock_file(lock_path);
  // A daemon that was killed may have left a child between fork and exec, which holds the lock a moment
  // longer.
  constexpr int tries = 100;
  for (int i = 0; i < tries && !lock && lock.error().kind == ErrorKind::conflict; ++i) {
    ::poll(nullptr, 0, 10);
    lock = os::lock_file(lock_path);
  }
  if (!lock && lock.error().kind == ErrorKind::conflict)
    return fail(ErrorKind::conflict,
                "{} has the data directory {} already: end that one first, or give --data", holder(lock_path),
                path.native());
  if (!lock) return std::unexpected(std::move(lock.error()).within("the data directory can't be written"));
  sign(*lock);
  // SQLite makes its files with the rights of this one.
  TRY_VOID(open_file(path / "journal.db"));
  TRY(os::Fd alive, open_sign(path / "alive"));
  TRY(os::Fd leases, open_sign(path / "leases"));
  return DataDirectory(path, *std::move(lock), std::move(alive), std::move(leases));
}

void DataDirectory::touch() const {
  ::futimens(alive_.get(), nullptr);
}

std::optional<Duration> DataDirectory::untouched_for() const {
  return since(alive_);
}

void DataDirectory::note_renewals(Time at) const {
  set_time(leases_, at);
}

std::optional<Duration> DataDirectory::unrenewed_for() const {
  const auto unrenewed = since(leases_);
  return unrenewed ? unrenewed : since(alive_);
}

Result<os::Fd> DataDirectory::listen() const {
  constexpr mode_t for_group = 0660;
  TRY(os::Fd listener, os::listen_unix(socket(), secret));
  const group* users = ::geteuid() == 0 ? ::getgrnam("slipway") : nullptr;
  if (users == nullptr) return listener;
  if (::chown(socket().c_str(), 0, users->gr_gid) != 0 || ::chmod(socket().c_str(), for_group) != 0)
    return fail_errno(errno, fmt::format("cannot give {} to the group slipway", socket().native()));
  return listener;
}

}  // namespace slipway::server
