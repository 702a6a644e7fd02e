#include "drivers/traffic/haproxy_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "os/unix_socket.h"

namespace slipway::drivers::haproxy {
namespace {

constexpr Duration patience{2000};
// HAProxy takes a line of at most its buffer's size, 16 KiB.
constexpr std::size_t longest_line = 8000;
constexpr std::size_t largest_answer = 64U << 20;

}  // namespace

Result<std::string> CommandLine::exchange(const std::string& line) const {
  TRY(const os::Fd socket, os::connect_unix(socket_));
  TRY_VOID(os::send_all(socket.get(), line + "\n", patience));
  // HAProxy answers what it was sent and then closes; its master does so only when nothing more can come.
  if (::shutdown(socket.get(), SHUT_WR) != 0) return fail_errno(errno, "cannot talk to HAProxy");
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::string answer;
  std::array<char, 16384> buffer{};
  while (true) {
    const auto left = std::chrono::ceil<Duration>(deadline - std::chrono::steady_clock::now());
    if (left <= Duration{0})
      return fail(ErrorKind::unavailable, "HAProxy didn't answer within {}", format_duration(patience));
    pollfd ready{.fd = socket.get(), .events = POLLIN, .revents = 0};
    const int count = ::poll(&ready, 1, static_cast<int>(left.count()));
    if (count < 0 && errno != EINTR) return fail_errno(errno, "cannot wait for HAProxy");
    if (count <= 0) continue;
    const ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size == 0) return answer;
    if (size < 0 && errno != EINTR && errno != EAGAIN) return fail_errno(errno, "cannot hear HAProxy");
    if (size > 0) answer.append(buffer.data(), static_cast<std::size_t>(size));
    if (answer.size() > largest_answer) return fail(ErrorKind::unavailable, "HAProxy's answer doesn't end");
  }
}

Result<std::string> CommandLine::ask(std::string_view command) const {
  return tell({std::string(command)});
}

Result<std::string> CommandLine::ask(const std::vector<std::string>& commands) const {
  return tell(commands);
}

Result<std::string> CommandLine::tell(const std::vector<std::string>& commands) const {
  std::string answer, line;
  for (const std::string& command : commands) {
    const std::string whole = old_worker_ ? fmt::format("@!{} {}", *old_worker_, command) : command;
    if (!line.empty() && line.size() + whole.size() > longest_line) {
      TRY(const std::string part, exchange(line));
      answer += part;
      line.clear();
    }
    line += line.empty() ? whole : ";" + whole;
  }
  if (line.empty()) return answer;
  TRY(const std::string part, exchange(line));
  return answer + part;
}

}  // namespace slipway::drivers::haproxy
