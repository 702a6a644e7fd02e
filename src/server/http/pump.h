#pragma once

// clang-format off: Boost 1.74's awaitable.hpp needs <utility> before it.
#include <utility>
// clang-format on

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include "server/api/message.h"

namespace slipway::server {

using ClientStream = boost::beast::basic_stream<boost::asio::local::stream_protocol>;

enum class Framing { chunked, plain };

// Writes what a stream brings, until it ends or the client has gone. `write`: how long the client may take
// for a piece.
boost::asio::awaitable<void> pump(ClientStream& client, Stream& source, Framing framing, Duration write);

}  // namespace slipway::server
