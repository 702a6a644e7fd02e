#include "drivers/traffic/listener.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "os/fd.h"

namespace slipway::drivers::haproxy {

namespace {

using AddressInfo = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

// invalid_input, in words for who wrote `address`.
Result<AddressInfo> look_up(const std::string& address, const ListenAddress& parsed, int flags) {
  addrinfo hints{};
  hints.ai_family = parsed.host.empty() ? AF_INET : AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | flags;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(parsed.host.empty() ? nullptr : parsed.host.c_str(),
                                   std::to_string(parsed.port).c_str(), &hints, &found);
  if (failed == 0) return AddressInfo(found, &::freeaddrinfo);
  return fail(ErrorKind::invalid_input, "\"{}\" isn't an address of this machine: {}", address,
              ::gai_strerror(failed));
}

bool has_address(const std::string& listen) {
  const auto parsed = parse_listen(listen);
  if (!parsed || parsed->host.empty()) return true;
  // Any port: it is about the address.
  const auto found = look_up(listen, {parsed->host, 0}, AI_NUMERICHOST);
  if (!found) return true;  // a name
  const os::Fd socket(::socket((*found)->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno != EAFNOSUPPORT;
  return ::bind(socket.get(), (*found)->ai_addr, (*found)->ai_addrlen) == 0 || errno != EADDRNOTAVAIL;
}

// As HAProxy writes it: "0.0.0.0" or "*" where it is any.
bool is_among(const std::vector<ListenAddress>& unbindable, const std::string& address) {
  const auto ours = parse_listen(address);
  const auto is_any = [](const std::string& host) {
    return host.empty() || host == "0.0.0.0" || host == "*";
  };
  return ours && std::ranges::any_of(unbindable, [&](const ListenAddress& theirs) {
           return theirs.port == ours->port &&
                  (theirs.host == ours->host || (is_any(theirs.host) && is_any(ours->host)));
         });
}

}  // namespace

Status can_listen(const std::string& address) {
  TRY(const ListenAddress parsed, parse_listen(address));
  TRY(const AddressInfo found, look_up(address, parsed, 0));
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

Listeners look_at_listeners(const Routes& routes, const std::optional<Addresses>& without,
                            const std::vector<ListenAddress>& unbindable) {
  Listeners seen;
  std::map<std::string, bool> hosts;
  for (const auto& [target, route] : routes) {
    for (const std::string& address : listeners_of(route.routing)) {
      const bool lacking = without && without->contains(address);
      const auto [host, fresh] = hosts.try_emplace(address.substr(0, address.rfind(':')));
      if (fresh) host->second = has_address(address);
      const bool absent =
          !host->second || (lacking && !can_listen(address)) || (!without && is_among(unbindable, address));
      if (absent) seen.absent.insert(address);
      if (lacking && !absent) seen.back.insert(address);
      if (lacking || absent) seen.missing[target].insert(address);
    }
  }
  return seen;
}

}  // namespace slipway::drivers::haproxy
