#include "os/net.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/check.h"
#include "os/fd.h"

namespace slipway::os {

bool port_is_free(int port) {
  CHECK(port > 0 && port < 65'536);
  // "::" without V6ONLY stands in the way of every address of both families. No SO_REUSEADDR: it would be
  // deaf to sockets that have it too.
  const Fd both(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int off = 0;
  if (both && ::setsockopt(both.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) {
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(static_cast<in_port_t>(port));
    if (::bind(both.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0) return true;
    if (errno == EADDRINUSE) return false;  // else there is no IPv6 here
  }
  const Fd four(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(static_cast<in_port_t>(port));
  return four && ::bind(four.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0;
}

}  // namespace slipway::os
