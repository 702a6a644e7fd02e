#include "support/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace slipway::test {
namespace {

class Socket {
 public:
  explicit Socket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The body without its chunk marks; nothing where it is cut short.
Result<std::string> dechunk(std::string_view text) {
  std::string body;
  while (true) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return fail(ErrorKind::unavailable, "the answer is cut short");
    const std::size_t size = std::strtoul(std::string(text.substr(0, end)).c_str(), nullptr, 16);
    text.remove_prefix(end + 2);
    if (text.size() < size + 2) return fail(ErrorKind::unavailable, "the answer is cut short");
    if (size == 0) return body;
    body += text.substr(0, size);
    text.remove_prefix(size + 2);
  }
}

Result<HttpAnswer> exchange(int fd, std::string_view request, Duration within) {
  timeval wait{.tv_sec = within.count() / 1000, .tv_usec = within.count() % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  while (!request.empty()) {
    const ssize_t count = send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (count <= 0) return fail_errno(errno, "cannot send");
    request.remove_prefix(static_cast<std::size_t>(count));
  }
  std::string bytes;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = recv(fd, buffer.data(), buffer.size(), 0);
    if (count < 0) return fail_errno(errno, "cannot receive");
    if (count == 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return fail(ErrorKind::unavailable, "closed without an answer");
  HttpAnswer answer;
  answer.status = std::atoi(bytes.c_str() + 9);
  answer.head = bytes.substr(0, end + 2);
  answer.body = bytes.substr(end + 4);
  const auto has = [&](const char* name) { return strcasestr(answer.head.c_str(), name); };
  if (has("\r\ntransfer-encoding: chunked")) {
    TRY(answer.body, dechunk(answer.body));
  } else if (const char* length = has("\r\ncontent-length: ")) {
    if (answer.body.size() < std::strtoul(length + 18, nullptr, 10)) {
      return fail(ErrorKind::unavailable, "the answer is cut short");
    }
  }
  return answer;
}

}  // namespace

Result<HttpAnswer> get(int port, const std::string& path, Duration within, const std::string& headers) {
  const Socket socket(AF_INET);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(errno, "cannot connect");
  }
  return exchange(socket.fd(),
                  "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers + "\r\n",
                  within);
}

Result<HttpAnswer> call(const std::filesystem::path& path_of_socket, const std::string& method,
                        const std::string& path, const std::string& body, Duration within) {
  const Socket socket(AF_UNIX);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_of_socket.native().size() >= sizeof address.sun_path) {
    return fail(ErrorKind::invalid_input, "{} is too long for a socket", path_of_socket.native());
  }
  std::memcpy(address.sun_path, path_of_socket.c_str(), path_of_socket.native().size() + 1);
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(errno, "cannot connect to " + path_of_socket.native());
  }
  std::string request = method + " " + path + " HTTP/1.1\r\nHost: slipway\r\nConnection: close\r\n";
  if (method != "GET") {
    request += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
  }
  return exchange(socket.fd(), request + "\r\n" + body, within);
}

}  // namespace slipway::test
