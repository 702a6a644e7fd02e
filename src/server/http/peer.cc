#include "server/http/peer.h"

#include <pwd.h>

#include <array>

#include "os/unix_socket.h"

namespace slipway::server {

std::string user_at(int socket) {
  const auto peer = os::peer(socket);
  if (!peer) return "unknown";
  std::array<char, 4096> space;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(peer->uid, &entry, space.data(), space.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return "uid " + std::to_string(peer->uid);
}

}  // namespace slipway::server
