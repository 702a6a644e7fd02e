#include "os/unix_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace slipway::os {
namespace {

using Clock = std::chrono::steady_clock;

// An address, with the folder held open while it is used.
struct Address {
  sockaddr_un address{};
  Fd folder;
};

Result<Address> address_of(const std::filesystem::path& path) {
  Address a;
  a.address.sun_family = AF_UNIX;
  std::string text = path.string();
  if (text.size() >= sizeof a.address.sun_path) {
    a.folder = Fd(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!a.folder) return fail_errno(errno, fmt::format("cannot open {}", path.parent_path().string()));
    text = fmt::format("/proc/self/fd/{}/{}", a.folder.get(), path.filename().string());
    if (text.size() >= sizeof a.address.sun_path)
      return fail(ErrorKind::invalid_input, "the name of the socket is too long: {}", path.string());
  }
  std::memcpy(a.address.sun_path, text.c_str(), text.size() + 1);
  return a;
}

// True when `events` came, false when the deadline did.
bool wait_for(int fd, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<Duration>(deadline - Clock::now()).count();
    pollfd p{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&p, 1, static_cast<int>(std::clamp<long long>(left, 0, 3'600'000)));
    if (ready > 0) return true;
    if (ready == 0 && left <= 0) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

Result<Fd> listen_unix(const std::filesystem::path& path, mode_t mode) {
  TRY(const Address a, address_of(path));
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno(errno, "cannot make a socket");
  ::unlink(path.c_str());
  // The mode is right from the first moment on: bind creates the file with that of the socket.
  if (::fchmod(socket.get(), mode) < 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&a.address), sizeof a.address) < 0 ||
      ::chmod(path.c_str(), mode) < 0 || ::listen(socket.get(), 128) < 0)
    return fail_errno(errno, fmt::format("cannot listen on {}", path.string()));
  return socket;
}

Result<Fd> connect_unix(const std::filesystem::path& path, Duration within) {
  TRY(const Address a, address_of(path));
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno(errno, "cannot make a socket");
  // A listener whose backlog is full makes us wait.
  const timeval most{.tv_sec = within.count() / 1000, .tv_usec = within.count() % 1000 * 1000};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) < 0)
    return fail_errno(errno, "cannot bound how long a socket waits");
  while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&a.address), sizeof a.address) < 0) {
    if (errno == EINTR) continue;
    if (errno == ECONNREFUSED) return fail(ErrorKind::not_found, "nobody listens on {}", path.string());
    if (errno == EAGAIN)
      return fail(ErrorKind::unavailable, "{} took no connection within {}", path.string(),
                  format_duration(within));
    return fail_errno(errno, fmt::format("cannot connect to {}", path.string()));
  }
  return socket;
}

Result<Pair> make_socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0)
    return fail_errno(errno, "cannot make a pair of sockets");
  return Pair{Fd(ends[0]), Fd(ends[1])};
}

Result<Peer> peer(int fd) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
    return fail_errno(errno, "cannot tell who is at the other end");
  return Peer{credentials.pid, credentials.uid, credentials.gid};
}

Status send_all(int fd, std::string_view bytes, Duration within) {
  const auto deadline = Clock::now() + within;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLOUT, deadline))
        return fail(ErrorKind::unavailable, "nothing was taken for {}", format_duration(within));
    } else if (errno != EINTR) {
      return fail_errno(errno, "cannot send");
    }
  }
  return {};
}

Result<std::string> receive_line(int fd, std::string& buffer, Duration within) {
  constexpr std::size_t longest = 1U << 20;
  const auto deadline = Clock::now() + within;
  std::array<char, 4096> piece;
  while (true) {
    if (const auto end = buffer.find('\n'); end != std::string::npos) {
      std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      return line;
    }
    if (buffer.size() > longest) return fail(ErrorKind::unavailable, "the answer is too long");
    if (!wait_for(fd, POLLIN, deadline))
      return fail(ErrorKind::unavailable, "no answer for {}", format_duration(within));
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got == 0) return fail(ErrorKind::unavailable, "the other end closed without an answer");
    if (got < 0 && errno != EINTR && errno != EAGAIN) return fail_errno(errno, "cannot receive");
    if (got > 0) buffer.append(piece.data(), static_cast<std::size_t>(got));
  }
}

Status await_close(int fd, Duration within) {
  const auto deadline = Clock::now() + within;
  std::array<char, 4096> dropped;
  while (wait_for(fd, POLLIN, deadline)) {
    const ssize_t got = ::read(fd, dropped.data(), dropped.size());
    if (got == 0) return {};
    if (got < 0 && errno != EINTR && errno != EAGAIN) return {};  // reset: closed as well
  }
  return fail(ErrorKind::unavailable, "still open after {}", format_duration(within));
}

}  // namespace slipway::os
