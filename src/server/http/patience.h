#pragma once

// clang-format off: Boost 1.74's awaitable.hpp needs <utility> before it.
#include <utility>
// clang-format on

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/time.h"

namespace slipway::server {

using ClientSocket = boost::asio::local::stream_protocol::socket;

// How long a client may take. When its time is over, what is under way on its socket is cancelled, and the
// socket stays open, so that the client can be told.
class Patience {
 public:
  explicit Patience(ClientSocket& socket);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  void set(Duration limit);  // from now on
  void rest();               // no limit until the next set()
  bool over() const;

 private:
  struct State;
  static void wait(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;
};

}  // namespace slipway::server
