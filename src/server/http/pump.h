#pragma once

// clang-format off: Boost 1.74's awaitable.hpp needs <utility> before it.
#include <utility>
// clang-format on

#include <boost/asio/awaitable.hpp>

#include "server/api/message.h"
#include "server/http/patience.h"

namespace slipway::server {

enum class Framing { chunked, plain };

// Writes what a stream brings, until it ends or the client has gone. `write`: how long the client may take
// for a piece.
boost::asio::awaitable<void> pump(ClientSocket& client, Patience& patience, Stream& source, Framing framing,
                                  Duration write);

}  // namespace slipway::server
