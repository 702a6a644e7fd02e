#include "server/http/peer.h"

#include <pwd.h>

#include <array>

#include "os/unix_socket.h"

namespace slipway::server {

Caller caller_at(int socket) {
  const auto peer = os::peer(socket);
  if (!peer) return {"unknown", std::nullopt, "unix socket"};
  Caller caller{"uid " + std::to_string(peer->uid), peer->uid,
                "unix socket, uid " + std::to_string(peer->uid) + ", pid " + std::to_string(peer->pid)};
  std::array<char, 4096> space;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(peer->uid, &entry, space.data(), space.size(), &found) == 0 && found != nullptr)
    caller.user = found->pw_name;
  return caller;
}

}  // namespace slipway::server
