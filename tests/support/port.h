#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <mutex>
#include <random>
#include <set>

#include "os/fd.h"
#include "os/net.h"
#include "support/wait.h"

namespace slipway::test {

// A port that nothing listens at, below those of instances and the ephemeral ones; never the same one twice
// in a process, since who asked for it may not listen there yet. Any thread may ask.
inline int free_port() {
  static std::mutex mutex;
  static std::mt19937 random(std::random_device{}());
  static std::set<int> given;
  const std::scoped_lock lock(mutex);
  while (true) {
    const int port = 10'000 + static_cast<int>(random() % 9'000);
    if (os::port_is_free(port) && given.insert(port).second) return port;
  }
}

// Listens at the port as soon as it can be had: a process that was killed keeps its sockets for a moment
// after its command line is gone. Holds nothing if that took more than 10 s.
inline os::Fd listen_once_free(int port) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(port));
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  os::Fd taken;
  const auto listens = [&] {
    taken = os::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(taken.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return ::bind(taken.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0 &&
           ::listen(taken.get(), 8) == 0;
  };
  if (!eventually(Duration(10'000), listens)) taken.reset();
  return taken;
}

}  // namespace slipway::test
