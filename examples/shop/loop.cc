#include "loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "websocket.h"

namespace shop {
namespace {

using namespace std::chrono_literals;

// A client may be sending on a connection that looks idle: it gets this long for one more request, which is
// answered with Connection: close.
constexpr auto last_request = 500ms;

}  // namespace

struct Loop::Connection {
  int fd = -1;
  std::string in, out;
  std::size_t sent = 0;
  bool busy = false;     // an answer is under way; requests behind it wait
  bool closing = false;  // once all is sent
  bool websocket = false;
  bool waits_to_write = false;
  std::string delayed;
  int chunks = 0, chunk = 0;
  Timers::iterator timer;
  bool has_timer = false;
};

Loop::Loop(const Switches& switches, int listener)
    : answers_(switches),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      listener_(listener) {
  epoll_event wake{.events = EPOLLIN, .data = {.ptr = &wake_}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &wake);
  epoll_event arrivals{.events = EPOLLIN | EPOLLEXCLUSIVE, .data = {.ptr = &listener_}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &arrivals);
}

Loop::~Loop() {
  for (const auto& [connection, owned] : connections_) ::close(connection->fd);
  ::close(wake_);
  ::close(epoll_);
}

void Loop::stop() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

void Loop::run() {
  std::array<epoll_event, 256> events;
  while (!stopping_ || !connections_.empty()) {
    int wait = -1;
    if (!timers_.empty()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
      wait = static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, left.count()));
    }
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
    bool told_to_stop = false;
    for (int i = 0; i < ready; ++i) {
      void* what = events[static_cast<std::size_t>(i)].data.ptr;
      if (what == &listener_)
        accept_one();  // and leaves the next to another loop
      else if (what == &wake_)
        told_to_stop = true;
      else if ((events[static_cast<std::size_t>(i)].events & ~static_cast<unsigned>(EPOLLOUT)) != 0)
        readable(*static_cast<Connection*>(what));
      else
        proceed(*static_cast<Connection*>(what));
    }
    if (told_to_stop) begin_to_stop();  // ends connections, of which events may have spoken
    while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
      Connection& connection = *timers_.begin()->second;
      forget_timer(connection);
      timer(connection);
    }
  }
}

bool Loop::accept_one() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return false;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto connection = std::make_unique<Connection>();
  connection->fd = fd;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  Connection* key = connection.get();
  connections_.emplace(key, std::move(connection));
  return true;
}

void Loop::begin_to_stop() {
  if (stopping_) return;
  stopping_ = true;
  while (accept_one()) {
  }
  // What the kernel had accepted is taken; from now on it refuses, and leaves nobody waiting.
  ::shutdown(listener_, SHUT_RDWR);
  epoll_ctl(epoll_, EPOLL_CTL_DEL, listener_, nullptr);
  epoll_ctl(epoll_, EPOLL_CTL_DEL, wake_, nullptr);
  std::vector<Connection*> all;
  for (const auto& [connection, owned] : connections_) all.push_back(connection);
  for (Connection* connection : all) {
    if (connection->websocket) {
      connection->out += websocket::going_away();
      connection->closing = true;
      proceed(*connection);
    } else if (!connection->busy) {
      at(*connection, Clock::now() + last_request);
    }
  }
}

void Loop::readable(Connection& connection) {
  std::array<char, 16 * 1024> buffer;
  const auto size = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return end(connection);
  if (size > 0) connection.in.append(buffer.data(), static_cast<std::size_t>(size));
  // A client that sends on and on while its answer waits isn't one of ours.
  if (connection.in.size() > (2 << 20)) return end(connection);
  proceed(connection);
}

void Loop::proceed(Connection& connection) {
  if (connection.websocket && !connection.closing) {
    const websocket::Echo echo = websocket::echo(connection.in);
    connection.in.erase(0, echo.consumed);
    connection.out += echo.answer;
    connection.closing = echo.ends;
  } else if (!connection.websocket) {
    take_requests(connection);
  }
  while (connection.sent < connection.out.size()) {
    const auto size = ::send(connection.fd, connection.out.data() + connection.sent,
                             connection.out.size() - connection.sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return end(connection);
    if (size < 0) break;
    connection.sent += static_cast<std::size_t>(size);
  }
  const bool waits = connection.sent < connection.out.size();
  if (!waits) {
    connection.out.clear();
    connection.sent = 0;
    if (connection.closing && !connection.busy) return end(connection);
  }
  if (waits != connection.waits_to_write) {
    connection.waits_to_write = waits;
    epoll_event event{.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.ptr = &connection}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
  }
}

void Loop::take_requests(Connection& connection) {
  std::size_t taken = 0;
  while (!connection.busy && !connection.closing && !connection.websocket) {
    Request request;
    int status = 0;
    const auto length = read_request(std::string_view(connection.in).substr(taken), request, status);
    if (!length && status == 0) break;
    begin(connection, length ? answers_.to(request) : Answers::refusal(status));
    taken += length.value_or(connection.in.size() - taken);
  }
  connection.in.erase(0, taken);
}

void Loop::begin(Connection& connection, Answer answer) {
  if (stopping_) answer.closes = true;
  if (answer.closes && !answer.becomes_websocket)
    answer.head_and_body.insert(answer.head_and_body.find("\r\n\r\n") + 2, "Connection: close\r\n");
  connection.closing = answer.closes;
  connection.websocket = answer.becomes_websocket;
  connection.chunks = answer.chunks;
  connection.chunk = 0;
  if (answer.delay.count() > 0) {
    connection.busy = true;
    connection.delayed = std::move(answer.head_and_body);
    at(connection, Clock::now() + answer.delay);
    return;
  }
  connection.out += answer.head_and_body;
  if (answer.chunks > 0) {
    connection.busy = true;
    at(connection, Clock::now() + 100ms);
  }
}

void Loop::timer(Connection& connection) {
  if (!connection.busy) return end(connection);  // idle, and we are stopping
  connection.out += std::exchange(connection.delayed, {});
  if (connection.chunks > 0) connection.out += chunk(++connection.chunk, connection.chunks);
  connection.busy = connection.chunk < connection.chunks;
  if (connection.busy)
    at(connection, Clock::now() + 100ms);
  else if (stopping_)
    at(connection, Clock::now() + last_request);
  proceed(connection);
}

void Loop::at(Connection& connection, Clock::time_point time) {
  forget_timer(connection);
  connection.timer = timers_.emplace(time, &connection);
  connection.has_timer = true;
}

void Loop::forget_timer(Connection& connection) {
  if (connection.has_timer) timers_.erase(connection.timer);
  connection.has_timer = false;
}

void Loop::end(Connection& connection) {
  forget_timer(connection);
  ::close(connection.fd);
  connections_.erase(&connection);
}

}  // namespace shop
