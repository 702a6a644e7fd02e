#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace slipway::server {

// Who is at the other end of a unix socket, as the kernel noted when it connected.
struct Caller {
  std::string user;                  // "alice", or "uid 1234" where the system has no name for it
  std::optional<std::uint32_t> uid;  // nothing: not known
  std::string origin;                // "unix socket, uid 1000, pid 4242"
};

Caller caller_at(int socket);

}  // namespace slipway::server
