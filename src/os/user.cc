#include "os/user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>

namespace slipway::os {
namespace {

User user_of(const passwd& entry) {
  User user{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, {}};
  int count = 32;
  user.groups.resize(static_cast<std::size_t>(count));
  while (::getgrouplist(entry.pw_name, entry.pw_gid, user.groups.data(), &count) < 0)
    user.groups.resize(static_cast<std::size_t>(count));
  user.groups.resize(static_cast<std::size_t>(count));
  if (user.home.empty()) user.home = "/";
  return user;
}

// Calls `look_up` (getpwnam_r or getpwuid_r) with a buffer that is large enough.
template <class LookUp>
Result<User> find(LookUp look_up, const std::string& who) {
  std::vector<char> buffer(4096);
  while (true) {
    passwd entry{};
    passwd* found = nullptr;
    const int error_number = look_up(&entry, buffer.data(), buffer.size(), &found);
    if (error_number == ERANGE && buffer.size() < (1U << 20)) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (found != nullptr) return user_of(entry);
    if (error_number != 0 && error_number != ENOENT && error_number != ESRCH)
      return fail_errno(error_number, fmt::format("cannot look up the user {}", who));
    return fail(ErrorKind::not_found, "there is no user {} on this machine", who);
  }
}

}  // namespace

Result<User> find_user(const std::string& name) {
  return find([&](passwd* entry, char* buffer, std::size_t size,
                  passwd** found) { return ::getpwnam_r(name.c_str(), entry, buffer, size, found); },
              name);
}

User current_user() {
  const uid_t uid = ::geteuid();
  const Result<User> user =
      find([&](passwd* entry, char* buffer, std::size_t size,
               passwd** found) { return ::getpwuid_r(uid, entry, buffer, size, found); },
           std::to_string(uid));
  if (user) return *user;
  return {std::to_string(uid), uid, ::getegid(), "/", {::getegid()}};
}

Result<std::optional<User>> to_become(const std::string& name) {
  if (name.empty() || name == current_user().name) return std::nullopt;
  TRY(User user, find_user(name));
  if (user.uid == ::geteuid()) return std::nullopt;
  return user;
}

}  // namespace slipway::os
