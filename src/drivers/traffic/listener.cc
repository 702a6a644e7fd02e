#include "drivers/traffic/listener.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "drivers/traffic/haproxy_config.h"
#include "os/fd.h"

namespace slipway::drivers::haproxy {

Status can_listen(const std::string& address) {
  TRY(const ListenAddress parsed, parse_listen(address));
  addrinfo hints{};
  hints.ai_family = parsed.host.empty() ? AF_INET : AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(parsed.host.empty() ? nullptr : parsed.host.c_str(),
                                   std::to_string(parsed.port).c_str(), &hints, &found);
  if (failed != 0) {
    return fail(ErrorKind::invalid_input, "\"{}\" isn't an address of this machine: {}", address,
                ::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  const os::Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return fail_errno(errno, "cannot make a socket");
  // Connections of an earlier listener that are in TIME_WAIT don't count; one that listens does.
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.get(), found->ai_addr, found->ai_addrlen) == 0) return {};
  if (errno == EADDRINUSE) {
    return fail(ErrorKind::conflict,
                "{} is in use by another program: end it, or give the environment another `listen`", address);
  }
  if (errno == EACCES) {
    return fail(ErrorKind::conflict, "{} can't be listened at: ports below 1024 need root; use a higher one",
                address);
  }
  return fail(ErrorKind::conflict, "{} can't be listened at: {}", address, std::strerror(errno));
}

}  // namespace slipway::drivers::haproxy
