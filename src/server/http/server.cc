#include "server/http/server.h"

#include <boost/asio/local/stream_protocol.hpp>

#include "base/log.h"
#include "server/http/connection.h"
#include "server/http/peer.h"

namespace slipway::server {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;

struct HttpServer::Impl {
  asio::io_context& context;
  Local::acceptor acceptor;
  asio::steady_timer pause;
  ConnectionWorld world;

  static asio::awaitable<void> accept_all(std::shared_ptr<Impl> impl);
};

namespace {

// Lowers the count when the connection's coroutine goes, however it does.
struct Counted {
  explicit Counted(std::shared_ptr<int> number) : open(std::move(number)) { ++*open; }
  ~Counted() { --*open; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  std::shared_ptr<int> open;
};

asio::awaitable<void> serve_one(Local::socket socket, ConnectionWorld world, std::shared_ptr<int> open) {
  const Counted counted(std::move(open));
  const Caller caller = caller_at(socket.native_handle());
  co_await serve_connection(std::move(socket), std::move(world), caller);
}

}  // namespace

asio::awaitable<void> HttpServer::Impl::accept_all(std::shared_ptr<Impl> impl) {
  constexpr auto between_tries = std::chrono::milliseconds(100);
  const auto open = std::make_shared<int>(0);
  while (impl->acceptor.is_open()) {
    boost::system::error_code error;
    if (*open < impl->world.settings.connections) {
      Local::socket socket =
          co_await impl->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (!error) {
        asio::co_spawn(impl->context, serve_one(std::move(socket), impl->world, open), asio::detached);
        continue;
      }
      log_warning("cannot accept a connection to the API: {}", error.message());
    }
    // Too many connections, or too many descriptors: those that wait are taken when others have gone.
    impl->pause.expires_after(between_tries);
    co_await impl->pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
  }
}

HttpServer::HttpServer(Loop& loop, Api& api, drivers::Workers& workers, os::Fd listener, Settings settings)
    : impl_(new Impl{loop.context(), Local::acceptor(loop.context()), asio::steady_timer(loop.context()),
                     ConnectionWorld{loop, api, workers, std::move(settings)}}) {
  impl_->acceptor.assign(Local(), listener.release());
  asio::co_spawn(impl_->context, Impl::accept_all(impl_), asio::detached);
}

HttpServer::~HttpServer() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
}

}  // namespace slipway::server
