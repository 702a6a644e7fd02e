#pragma once

#include <string>

namespace slipway::server {

// Who is at the other end of a unix socket: "alice", or "uid 1234" where the system has no name for it.
std::string user_at(int socket);

}  // namespace slipway::server
