#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"

namespace slipway::test {

struct ServerRequest {
  std::string method, path;
  std::map<std::string, std::string> headers;  // names as sent
  std::string body;                            // as long as Content-Length says
};

struct ServerAnswer {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool hang_up = false;  // closes without a word
};

// A small HTTP server on 127.0.0.1 at a free port (or `port`), a thread a connection, one request a
// connection. The handler runs on those threads and may block while ending() is false. Ends with its
// destructor.
class HttpServer {
 public:
  using Handler = std::function<ServerAnswer(const ServerRequest&)>;

  explicit HttpServer(Handler handler, int port = 0) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(listen(listener_, 128) == 0);
    socklen_t size = sizeof address;
    CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  explicit HttpServer(int status = 200, std::string body = "")
      : HttpServer([status, body](const ServerRequest&) { return ServerAnswer{status, body, {}, false}; }) {}

  ~HttpServer() {
    ending_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int connection : open_) shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(const std::string& path = "/") const { return "http://" + address() + path; }
  int connections() const { return connections_; }
  bool ending() const { return ending_; }  // for a handler that blocks

 private:
  void accept_all() {
    while (!ending_) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      ++connections_;
      const std::lock_guard lock(mutex_);
      open_.insert(connection);
      threads_.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(int connection) {
    std::string input;
    std::array<char, 4096> piece{};
    while (input.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = recv(connection, piece.data(), piece.size(), 0);
      if (count <= 0) break;
      input.append(piece.data(), static_cast<std::size_t>(count));
    }
    if (const std::size_t end = input.find("\r\n\r\n"); end != std::string::npos) {
      ServerRequest request = parse(input);
      request.body = input.substr(end + 4);
      const auto length = request.headers.find("Content-Length");
      const std::size_t all = length == request.headers.end() ? 0 : std::stoul(length->second);
      while (request.body.size() < all) {
        const ssize_t count = recv(connection, piece.data(), piece.size(), 0);
        if (count <= 0) break;
        request.body.append(piece.data(), static_cast<std::size_t>(count));
      }
      answer(connection, handler_(request));
    }
    const std::lock_guard lock(mutex_);
    open_.erase(connection);
    close(connection);
  }

  static ServerRequest parse(const std::string& input) {
    ServerRequest request;
    const std::size_t first = input.find(' ');
    const std::size_t second = input.find(' ', first + 1);
    request.method = input.substr(0, first);
    request.path = input.substr(first + 1, second - first - 1);
    std::size_t at = input.find("\r\n") + 2;
    while (at < input.size()) {
      const std::size_t end = input.find("\r\n", at);
      const std::size_t colon = input.find(": ", at);
      if (end == at || colon == std::string::npos || colon > end) break;
      request.headers[input.substr(at, colon - at)] = input.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    return request;
  }

  static void answer(int connection, const ServerAnswer& answer) {
    if (answer.hang_up) return;
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Said\r\nConnection: close\r\n";
    for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
    text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t count = send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ending_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::set<int> open_;                // guarded by mutex_
  std::vector<std::thread> threads_;  // the acceptor's, then the destructor's
  std::thread acceptor_;
};

}  // namespace slipway::test
