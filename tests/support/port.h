#pragma once

#include <random>
#include <set>

#include "os/net.h"

namespace slipway::test {

// A port that nothing listens at, below those of instances and the ephemeral ones; never the same one twice
// in a process, since who asked for it may not listen there yet.
inline int free_port() {
  static std::mt19937 random(std::random_device{}());
  static std::set<int> given;
  while (true) {
    const int port = 10'000 + static_cast<int>(random() % 9'000);
    if (os::port_is_free(port) && given.insert(port).second) return port;
  }
}

}  // namespace slipway::test
