#include "fake_daemon.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "os/unix_socket.h"

namespace slipway::test {
namespace {

std::string unchunked(const std::string& body) {
  std::string text;
  for (std::size_t at = 0; at < body.size();) {
    const auto line = body.find("\r\n", at);
    const auto size = std::stoul(body.substr(at, line - at), nullptr, 16);
    text += body.substr(line + 2, size);
    at = line + 2 + size + 2;
    if (size == 0) break;
  }
  return text;
}

}  // namespace

FakeDaemon::FakeDaemon(const std::filesystem::path& data, Answer answer) : answer_(std::move(answer)) {
  auto listener = os::listen_unix(data / "slipway.sock");
  EXPECT_TRUE(listener) << (listener ? "" : listener.error().message);
  listener_ = std::move(*listener);
  thread_ = std::thread([this] { serve(); });
}

FakeDaemon::~FakeDaemon() {
  ends_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

std::vector<Asked> FakeDaemon::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void FakeDaemon::serve() {
  std::vector<std::thread> talks;
  while (!ends_) {
    pollfd ready{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    ::poll(&ready, 1, -1);
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) talks.emplace_back([this, fd] { talk(fd); });
  }
  for (std::thread& talk : talks) talk.join();
}

void FakeDaemon::talk(int number) {
  const os::Fd fd(number);
  std::string in;
  char buffer[65536];
  const auto more = [&] {
    const auto size = ::recv(fd.get(), buffer, sizeof buffer, 0);
    if (size > 0) in.append(buffer, static_cast<std::size_t>(size));
    return size > 0;
  };
  while (in.find("\r\n\r\n") == std::string::npos)
    if (!more()) return;
  const auto end = in.find("\r\n\r\n");
  Asked asked;
  asked.head = in.substr(0, end);
  asked.method = in.substr(0, in.find(' '));
  asked.path =
      in.substr(asked.method.size() + 1, in.find(' ', asked.method.size() + 1) - asked.method.size() - 1);
  std::string body = in.substr(end + 4);
  in.clear();
  if (const auto length = asked.head.find("Content-Length: "); length != std::string::npos) {
    const auto size = std::stoul(asked.head.substr(length + 16));
    while (body.size() + in.size() < size && more()) {
    }
    asked.body = body + in;
  } else if (asked.head.find("chunked") != std::string::npos) {
    while (!(body + in).ends_with("\r\n0\r\n\r\n") && body + in != "0\r\n\r\n" && more()) {
    }
    asked.body = unchunked(body + in);
  }
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(asked);
  }
  const Said said = answer_(asked);
  if (said.status == 0) return;  // goes away without a word
  const std::string reply = "HTTP/1.1 " + std::to_string(said.status) +
                            " X\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" + said.body;
  (void)os::send_all(fd.get(), reply, Duration(5000));
  ::shutdown(fd.get(), SHUT_WR);
  while (more()) {
  }
}

}  // namespace slipway::test
