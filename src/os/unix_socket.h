#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

// Stream sockets by path. The kernel takes 107 bytes; longer paths are reached through their folder's
// descriptor.
namespace slipway::os {

// Non-blocking. A socket file that is there already is replaced: hold a lock that says it is a dead one's.
Result<Fd> listen_unix(const std::filesystem::path& path, mode_t mode = 0600);

// Blocking. not_found where nobody listens, file or not; unavailable where the listener is too busy.
Result<Fd> connect_unix(const std::filesystem::path& path, Duration within = Duration(2000));

// Two ends of one connection, to talk with a child; both close on exec.
struct Pair {
  Fd ours, theirs;
};
Result<Pair> make_socket_pair();

struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// Who is at the other end, as the kernel noted when it connected.
Result<Peer> peer(int fd);

// Writes everything, without SIGPIPE. unavailable when the other end is gone or doesn't take it in time.
Status send_all(int fd, std::string_view bytes, Duration within);

// Up to and without the next newline; what was read behind it stays in `buffer`. unavailable when the time is
// over, the other end closes first, or the line is longer than 1 MiB.
Result<std::string> receive_line(int fd, std::string& buffer, Duration within);

// Waits until the other end closes; anything it still says is dropped. unavailable when the time is over.
Status await_close(int fd, Duration within);

}  // namespace slipway::os
