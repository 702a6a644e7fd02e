#include "support/load.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/check.h"

namespace slipway::test {
namespace {

using Instant = std::chrono::steady_clock::time_point;

constexpr std::size_t problems_kept = 20;

std::optional<std::string_view> header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        strncasecmp(line.data(), name.data(), name.size()) == 0) {
      line.remove_prefix(name.size() + 1);
      while (line.starts_with(' ')) line.remove_prefix(1);
      return line;
    }
  }
  return std::nullopt;
}

int number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct Answer {
  int status = 0;
  bool injected = false;
  bool closes = false;
  std::string version;
};

// The answer that `bytes` holds, if it is whole; nothing: more is to come. Answers have a Content-Length or
// are chunked.
std::optional<Answer> whole_answer(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos || bytes.size() < 12) return std::nullopt;
  const std::string_view head = bytes.substr(0, end + 2);
  const std::string_view body = bytes.substr(end + 4);
  Answer answer;
  answer.status = number(bytes.substr(9, 3));
  answer.injected = header(head, "X-Injected").has_value();
  answer.version = std::string(header(head, "X-Version").value_or(""));
  answer.closes = strncasecmp(header(head, "Connection").value_or("").data(), "close", 5) == 0;
  if (const auto length = header(head, "Content-Length")) {
    if (body.size() < static_cast<std::size_t>(std::max(0, number(*length)))) return std::nullopt;
    return answer;
  }
  if (header(head, "Transfer-Encoding")) {
    if (!body.ends_with("0\r\n\r\n")) return std::nullopt;
    return answer;
  }
  answer.closes = true;
  return answer;
}

}  // namespace

class Load::Connections {
 public:
  Connections(Load& load, const Settings& settings)
      : load_(load), settings_(settings), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    CHECK(epoll_ >= 0);
    const std::string head = "GET " + settings.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (settings.users == 0) requests_.push_back(head + "\r\n");
    for (int user = 0; user < settings.users; ++user)
      requests_.push_back(head + fmt::format("Cookie: sid=user-{}\r\n\r\n", user));
    connections_.resize(static_cast<std::size_t>(settings.connections));
  }
  ~Connections() {
    for (Connection& connection : connections_) drop(connection);
    close(epoll_);
  }
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  void turn() {
    const Instant now = std::chrono::steady_clock::now();
    for (Connection& connection : connections_) {
      if (connection.waiting) {
        if (now - connection.asked > settings_.silence)
          failed(connection, "no answer within " + format_duration(settings_.silence));
      } else if (now >= connection.next) {
        ask(connection, now);
      }
    }
    std::array<epoll_event, 64> events{};
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1);
    for (int i = 0; i < count; ++i) hear(connections_[events[static_cast<std::size_t>(i)].data.u64]);
  }

 private:
  struct Connection {
    int fd = -1;
    bool waiting = false;
    bool sent = false;
    Instant asked{}, next{};
    std::string input;
  };

  void drop(Connection& connection) {
    if (connection.fd >= 0) close(connection.fd);
    connection.fd = -1;
    connection.waiting = connection.sent = false;
    connection.input.clear();
  }

  void failed(Connection& connection, const std::string& why) {
    const std::scoped_lock lock(load_.mutex_);
    LoadReport& report = load_.report_;
    ++report.requests;
    ++report.failed;
    problem(report, why);
    drop(connection);
    connection.next = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
  }

  void cannot_connect(Connection& connection, int error) {
    if (error == ECONNREFUSED) {
      const std::scoped_lock lock(load_.mutex_);
      ++load_.report_.refused;
    }
    failed(connection, std::string("cannot connect: ") + std::strerror(error));
  }

  static void problem(LoadReport& report, const std::string& text) {
    if (report.problems.size() >= problems_kept) return;
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    report.problems.push_back(format_time_precise(now) + " " + text);
  }

  void ask(Connection& connection, Instant now) {
    connection.waiting = true;
    connection.sent = false;
    connection.asked = now;
    connection.input.clear();
    if (connection.fd < 0) {
      connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      CHECK(connection.fd >= 0);
      const int on = 1;
      setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(static_cast<std::uint16_t>(settings_.port));
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
          errno != EINPROGRESS) {
        return cannot_connect(connection, errno);
      }
      epoll_event event{};
      event.events = EPOLLIN | EPOLLOUT | EPOLLET;
      event.data.u64 = static_cast<std::uint64_t>(&connection - connections_.data());
      CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) == 0);
      return;
    }
    send_request(connection);
  }

  void send_request(Connection& connection) {
    const std::string& request = requests_[next_request_++ % requests_.size()];
    const ssize_t count = send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL);
    if (count == static_cast<ssize_t>(request.size())) {
      connection.sent = true;
    } else if (count >= 0 || (errno != EAGAIN && errno != ENOTCONN)) {
      failed(connection, std::string("cannot send: ") + std::strerror(errno));
    }
  }

  void hear(Connection& connection) {
    if (connection.fd < 0) return;
    if (connection.waiting && !connection.sent) {
      int error = 0;
      socklen_t size = sizeof error;
      getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) return cannot_connect(connection, error);
      send_request(connection);
      if (connection.fd < 0) return;
    }
    std::array<char, 16384> buffer{};
    while (true) {
      const ssize_t count = recv(connection.fd, buffer.data(), buffer.size(), 0);
      if (count > 0) {
        connection.input.append(buffer.data(), static_cast<std::size_t>(count));
        continue;
      }
      if (count < 0 && errno == EAGAIN) break;
      const std::string why = count == 0 ? "closed" : std::strerror(errno);
      // An idle connection may be closed at any time: the next request opens another.
      if (!connection.waiting) return drop(connection);
      if (!take(connection)) {
        return failed(connection, fmt::format("{} with {} bytes of an answer", why, connection.input.size()));
      }
      return drop(connection);
    }
    take(connection);
  }

  bool take(Connection& connection) {
    if (!connection.waiting) return false;
    const std::optional<Answer> answer = whole_answer(connection.input);
    if (!answer) return false;
    const Instant now = std::chrono::steady_clock::now();
    const std::scoped_lock lock(load_.mutex_);
    LoadReport& report = load_.report_;
    ++report.requests;
    ++report.statuses[answer->status];
    if (!answer->version.empty()) ++report.versions[answer->version];
    report.longest = std::max(report.longest, std::chrono::duration_cast<Duration>(now - connection.asked));
    if (answer->injected) {
      ++report.injected;
    } else if (answer->status < 200 || answer->status > 299) {
      ++report.not_2xx;
      problem(report, "status " + std::to_string(answer->status));
    }
    connection.waiting = false;
    connection.input.clear();
    connection.next = now + settings_.pause;
    if (answer->closes) drop(connection);
    return true;
  }

  Load& load_;
  const Settings& settings_;
  int epoll_;
  std::vector<std::string> requests_;
  std::size_t next_request_ = 0;
  std::vector<Connection> connections_;
};

std::string LoadReport::text() const {
  std::string text = fmt::format("{} requests, {} failed ({} refused), {} not 2xx, {} injected, longest {}",
                                 requests, failed, refused, not_2xx, injected, format_duration(longest));
  for (const auto& [status, count] : statuses) text += fmt::format("\n  status {}: {}", status, count);
  for (const auto& [version, count] : versions) text += fmt::format("\n  version {}: {}", version, count);
  for (const std::string& problem : problems) text += "\n  " + problem;
  return text;
}

std::unique_ptr<Load> Load::start(Settings settings) {
  std::unique_ptr<Load> load(new Load(std::move(settings)));
  load->thread_ = std::thread([&load = *load] { load.run(); });
  return load;
}

Load::~Load() {
  stop();
}

void Load::run() {
  Connections connections(*this, settings_);
  while (!stop_) connections.turn();
}

LoadReport Load::so_far() const {
  const std::scoped_lock lock(mutex_);
  return report_;
}

LoadReport Load::since_last() {
  const std::scoped_lock lock(mutex_);
  LoadReport change = report_;
  change.requests -= last_.requests;
  change.injected -= last_.injected;
  change.failed -= last_.failed;
  change.refused -= last_.refused;
  change.not_2xx -= last_.not_2xx;
  for (const auto& [status, count] : last_.statuses) change.statuses[status] -= count;
  for (const auto& [version, count] : last_.versions) change.versions[version] -= count;
  std::erase_if(change.statuses, [](const auto& entry) { return entry.second == 0; });
  std::erase_if(change.versions, [](const auto& entry) { return entry.second == 0; });
  last_ = report_;
  return change;
}

LoadReport Load::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return so_far();
}

}  // namespace slipway::test
