#include "shim/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/json.h"
#include "os/unix_socket.h"
#include "shim/folder.h"

namespace slipway::shim {
namespace {

constexpr std::size_t most_clients = 64;
constexpr std::size_t longest_request = 64 << 10;

// Never waits: an answer is far smaller than a socket's buffer, and who doesn't read his answers is dropped.
bool send(int fd, const Json& answer) {
  const std::string line = answer.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return ::send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(line.size());
}

Result<ShimStatus> obey(const Json& request, Program& program) {
  const std::string what = request.value("do", "");
  if (what == "signal") {
    TRY_VOID(program.signal(request.value("number", 0)));
  } else if (what == "stop") {
    program.stop(Duration(request.value("drain_ms", std::int64_t{10'000})));
  } else if (what != "status") {
    return fail(ErrorKind::invalid_input, "this shim doesn't know \"{}\"; it knows status, signal and stop",
                what);
  }
  return program.status();
}

}  // namespace

Json answer_to(std::string_view line, Program& program) {
  const auto request = parse_json(line);
  if (!request) return answer(std::unexpected(request.error()));
  if (!request->is_object())
    return answer(
        fail(ErrorKind::invalid_input, "a request is an object, such as {{\"v\":1,\"do\":\"status\"}}"));
  try {
    return answer(obey(*request, program));
  } catch (const nlohmann::json::exception& e) {
    return answer(fail(ErrorKind::invalid_input, "{}", e.what()));
  }
}

void Server::add_to(std::vector<pollfd>& polled) const {
  polled.push_back({listener_.get(), POLLIN, 0});
  for (const Client& client : clients_) polled.push_back({client.socket.get(), POLLIN, 0});
}

void Server::serve(const std::vector<pollfd>& polled, Program& program) {
  const auto is_ready = [&](const os::Fd& fd) {
    return std::ranges::any_of(polled, [&](const pollfd& p) { return p.fd == fd.get() && p.revents != 0; });
  };
  std::erase_if(clients_, [&](Client& client) { return is_ready(client.socket) && !hear(client, program); });
  if (is_ready(listener_)) accept();
}

void Server::accept() {
  os::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  const auto who = os::peer(socket.get());
  if (!who || (who->uid != 0 && who->uid != ::geteuid())) {
    send(socket.get(), answer(fail(ErrorKind::refused, "this shim isn't yours")));
    return;
  }
  if (clients_.size() == most_clients) clients_.pop_front();  // forgotten by whoever opened it
  clients_.push_back({std::move(socket), {}});
}

// False when the client is to be closed.
bool Server::hear(Client& client, Program& program) {
  std::array<char, 4096> piece;
  const ssize_t got = ::read(client.socket.get(), piece.data(), piece.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  client.received.append(piece.data(), static_cast<std::size_t>(got));
  for (std::size_t end; (end = client.received.find('\n')) != std::string::npos;) {
    const Json reply = answer_to(client.received.substr(0, end), program);
    client.received.erase(0, end + 1);
    if (!send(client.socket.get(), reply) || !reply.at("ok").get<bool>()) return false;
  }
  if (client.received.size() <= longest_request) return true;
  send(client.socket.get(), answer(fail(ErrorKind::invalid_input, "a request without an end")));
  return false;
}

}  // namespace slipway::shim
