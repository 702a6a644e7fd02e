#pragma once

// clang-format off: Boost 1.74's awaitable.hpp needs <utility> before it.
#include <utility>
// clang-format on

// Inside http/: its .cc files alone include this, for it brings Asio along.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <string>

#include "server/http/peer.h"
#include "server/http/server.h"

namespace slipway::server {

struct ConnectionWorld {
  Loop& loop;
  Api& api;
  drivers::Workers& workers;
  HttpServer::Settings settings;
};

// Calls and answers, one after the other, until the client goes, is too slow or says what can't be read.
boost::asio::awaitable<void> serve_connection(boost::asio::local::stream_protocol::socket socket,
                                              ConnectionWorld world, Caller caller);

}  // namespace slipway::server
