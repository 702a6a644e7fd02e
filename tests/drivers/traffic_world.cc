#include "traffic_world.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "base/check.h"
#include "drivers/telemetry/record.h"
#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_socket.h"
#include "shim/shim.h"

namespace slipway::test {
namespace {

sockaddr_in loopback(int port, const std::string& host = "127.0.0.1") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  CHECK(inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1);
  return address;
}

os::Fd bound(int port) {
  os::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  CHECK(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

int port_of(const os::Fd& fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  CHECK(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

bool send_bytes(int fd, const std::string& bytes) {
  return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace

TinyServer::TinyServer(std::string name) : name_(std::move(name)), listener_(bound(0)) {
  port_ = port_of(listener_);
  CHECK(::listen(listener_.get(), 512) == 0);
  acceptor_ = std::thread([this] { accept_all(); });
}

TinyServer::~TinyServer() {
  kill();
}

std::string TinyServer::last_request() {
  const std::scoped_lock lock(mutex_);
  return last_request_;
}

void TinyServer::let_go() {
  const std::scoped_lock lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void TinyServer::fall_over() {
  const std::scoped_lock lock(mutex_);
  if (ended_.exchange(true)) return;
  changed_.notify_all();
  ::shutdown(listener_.get(), SHUT_RDWR);
  for (const int fd : connections_) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::shutdown(fd, SHUT_RDWR);
  }
}

void TinyServer::kill() {
  fall_over();
  if (!acceptor_.joinable()) return;
  acceptor_.join();
  listener_.reset();
  for (std::thread& thread : threads_) thread.join();
}

void TinyServer::accept_all() {
  while (true) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    const std::scoped_lock lock(mutex_);
    if (fd < 0 || ended_) {
      if (fd >= 0) ::close(fd);
      return;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void TinyServer::serve(int fd) {
  std::string input;
  std::array<char, 4096> buffer{};
  bool echo = false;
  while (true) {
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    if (echo) {
      if (!send_bytes(fd, std::string(buffer.data(), static_cast<std::size_t>(size)))) break;
      continue;
    }
    input.append(buffer.data(), static_cast<std::size_t>(size));
    const std::size_t end = input.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::string request = input.substr(0, end);
    input.erase(0, end + 4);
    if (request.find(" /health ") == std::string::npos) {
      const std::scoped_lock lock(mutex_);
      last_request_ = request;
    }
    if (request.starts_with("GET /crash ")) {
      fall_over();
      break;
    }
    if (request.starts_with("GET /echo ")) {
      echo = true;
      if (!send_bytes(fd,
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
        break;
      continue;
    }
    if (request.starts_with("GET /held ")) {
      std::unique_lock lock(mutex_);
      ++held_;
      changed_.wait(lock, [&] { return released_ || ended_; });
      --held_;
      if (ended_) break;
    }
    if (!send_bytes(fd, "HTTP/1.1 200 OK\r\nSet-Cookie: own=1\r\nX-Version: " + name_ +
                            "\r\nContent-Length: " + std::to_string(name_.size()) + "\r\n\r\n" + name_)) {
      break;
    }
  }
  const std::scoped_lock lock(mutex_);
  connections_.remove(fd);
  ::close(fd);
}

Client::Client(int port, const std::string& source) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0, source);
  CHECK(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  address = loopback(port);
  if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd_.reset();
}

void Client::send(const std::string& bytes) {
  if (fd_ && !send_bytes(fd_.get(), bytes)) fd_.reset();
}

std::string Client::receive(const std::string& end) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (fd_ && text.find(end) == std::string::npos) {
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

Answer get(int port, const std::string& path, const std::string& source, const std::string& headers) {
  Client client(port, source);
  client.send("GET " + path + " HTTP/1.1\r\nHost: shop\r\n" + headers + "Connection: close\r\n\r\n");
  const std::string text = client.receive("there is no such end: until it is closed");
  const std::size_t body = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || body == std::string::npos) return {};
  return {std::stoi(text.substr(9, 3)), text.substr(body + 4), text.substr(0, body + 2)};
}

RecordPort::RecordPort() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  const int large = 8 << 20;
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
  const sockaddr_in address = loopback(0);
  CHECK(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

drivers::telemetry::Endpoint RecordPort::endpoint() const {
  return {"127.0.0.1:" + std::to_string(port_of(fd_)), "00112233445566778899aabbccddeeff"};
}

std::vector<std::string> RecordPort::lines() {
  std::vector<std::string> result;
  std::array<char, 2048> buffer{};
  while (true) {
    const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size <= 0) return result;
    result.emplace_back(buffer.data(), static_cast<std::size_t>(size));
  }
}

int RecordPort::records(const std::string& backend) {
  int count = 0;
  for (const std::string& line : lines()) {
    const auto record = drivers::telemetry::parse(line, endpoint().token);
    if (const auto* read = std::get_if<drivers::telemetry::Record>(&record)) {
      count += read->backend == backend ? 1 : 0;
    } else {
      EXPECT_EQ(std::get<drivers::telemetry::Refused>(record), drivers::telemetry::Refused::notice) << line;
    }
  }
  return count;
}

Proxy::Proxy() {
  std::string name = "/tmp/slipway-traffic-XXXXXX";
  CHECK(::mkdtemp(name.data()) != nullptr);
  dir_ = name;
  const Status opened = reopen();
  EXPECT_TRUE(opened) << opened.error().message;
}

Proxy::~Proxy() {
  if (testing::Test::HasFailure()) {
    if (const std::string path = dir_ / "output.log"; std::filesystem::exists(path)) {
      static_cast<void>(std::system(("tail -n 30 " + path).c_str()));
    }
  }
  const Status stopped = shim::stop(dir_, Duration{1000});
  EXPECT_TRUE(stopped) << stopped.error().message;
  std::filesystem::remove_all(dir_);
}

Status Proxy::reopen(const drivers::telemetry::Endpoint& records) {
  TRY(traffic_, drivers::HaproxyTraffic::open({.dir = dir_, .user = "haproxy", .records = records}));
  return {};
}

core::Outcome Proxy::try_apply(const core::Target& target, const core::Routing& routing) {
  return traffic_->perform({{target, 1, 0}, core::ApplyRouting{routing}});
}

void Proxy::apply(const core::Target& target, const core::Routing& routing) {
  const core::Outcome outcome = try_apply(target, routing);
  EXPECT_EQ(outcome.status, core::Outcome::Status::done) << outcome.message;
}

core::Outcome Proxy::await_drained(const core::Target& target, core::Pool pool, Duration at_most) {
  return traffic_->perform({{target, 2, 0}, core::AwaitDrained{pool, at_most}});
}

Result<drivers::HaproxyTraffic::Counts> Proxy::counts(const core::Target& target) {
  TRY(const auto all, traffic_->counts({target}));
  return all.at(target);
}

bool Proxy::seen(const core::Target& target, const core::Routing& routing) {
  return traffic_->observe({{target, 1, 0}, core::ApplyRouting{routing}}).has_value();
}

int Proxy::master() {
  const auto status = shim::status(dir_);
  return status ? status->pid.value_or(0) : 0;
}

int Proxy::worker() {
  const auto text = drivers::haproxy::CommandLine(dir_ / "runtime.sock").ask("show info");
  if (!text) return 0;
  const auto info = drivers::haproxy::parse_info(*text);
  return info ? info->pid : 0;
}

Time in(Duration duration) {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) + duration;
}

core::Routing with_canary(core::Routing routing, int weight) {
  routing.stable = core::Pool::a;
  routing.canary = core::Pool::b;
  routing.weight = weight;
  routing.lease = Duration{600'000};
  return routing;
}

core::Routing routing(int port, std::vector<const TinyServer*> a, std::vector<const TinyServer*> b) {
  core::Routing routing;
  routing.listen = "127.0.0.1:" + std::to_string(port);
  routing.salt = "1";
  routing.a.health_path = routing.b.health_path = "/health";
  routing.a.health_interval = routing.b.health_interval = Duration{200};
  int ordinal = 0;
  for (const TinyServer* server : a) routing.a.servers.push_back({{1, ++ordinal}, server->port()});
  ordinal = 0;
  for (const TinyServer* server : b) routing.b.servers.push_back({{2, ++ordinal}, server->port()});
  return routing;
}

}  // namespace slipway::test
