#pragma once

#include <poll.h>

#include <list>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "os/fd.h"
#include "shim/program.h"

namespace slipway::shim {

// The shim's end of the protocol: clients on DIR/shim.sock, each a buffer of what it said so far. Only root
// and the shim's own user are listened to.
class Server {
 public:
  explicit Server(os::Fd listener) : listener_(std::move(listener)) {}

  void add_to(std::vector<pollfd>& polled) const;
  // Does what the polled descriptors ask for.
  void serve(const std::vector<pollfd>& polled, Program& program);

 private:
  struct Client {
    os::Fd socket;
    std::string received;
  };
  void accept();
  bool hear(Client& client, Program& program);

  os::Fd listener_;
  std::list<Client> clients_;
};

// The answer to one line. Never fails.
Json answer_to(std::string_view line, Program& program);

}  // namespace slipway::shim
