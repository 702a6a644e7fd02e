#include "server/http/pump.h"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>

namespace slipway::server {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;

// Shared with callbacks that may come when the pump has ended.
struct Waiting {
  explicit Waiting(ClientSocket& client) : timer(client.get_executor()) {}
  asio::steady_timer timer;
  bool gone = false;
  bool over = false;
};

// A client of a stream says nothing more; a readable socket means that it went, or that it is to be listened
// to no more.
void watch(ClientSocket& client, const std::shared_ptr<Waiting>& waiting) {
  client.async_wait(asio::socket_base::wait_read, [waiting, &client](const Code& error) {
    if (error || waiting->over) return;
    char byte = 0;
    if (::recv(client.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0) return;
    waiting->gone = true;
    waiting->timer.cancel();
  });
}

std::string framed(const std::string& text, Framing framing) {
  switch (framing) {
    case Framing::plain:
      return text;
    case Framing::chunked:
      return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
  }
  return text;
}

}  // namespace

asio::awaitable<void> pump(ClientSocket& client, Patience& patience, Stream& source, Framing framing,
                           Duration write) {
  const auto waiting = std::make_shared<Waiting>(client);
  source.wake_with([weak = std::weak_ptr(waiting)] {
    if (const auto there = weak.lock()) there->timer.cancel();
  });
  watch(client, waiting);
  Code error;
  while (!waiting->gone && !error) {
    const std::optional<std::string> text = source.next();
    if (!text) break;
    if (text->empty()) {
      Code woken;
      waiting->timer.expires_after(source.patience());
      co_await waiting->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      continue;
    }
    const std::string bytes = framed(*text, framing);
    patience.set(write);
    co_await asio::async_write(client, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, error));
    patience.rest();
  }
  if (!error && !waiting->gone && framing == Framing::chunked) {
    static constexpr std::string_view last_chunk = "0\r\n\r\n";
    patience.set(write);
    co_await asio::async_write(client, asio::buffer(last_chunk),
                               asio::redirect_error(asio::use_awaitable, error));
  }
  waiting->over = true;
  source.wake_with(nullptr);
  client.cancel(error);
}

}  // namespace slipway::server
