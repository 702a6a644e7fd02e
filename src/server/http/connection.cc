#include "server/http/connection.h"

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <limits>

#include "server/api/problem.h"
#include "server/http/await.h"
#include "server/http/patience.h"
#include "server/http/pump.h"
#include "server/http/upload.h"

namespace slipway::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Code = boost::system::error_code;
using Parser = http::request_parser<http::buffer_body>;

constexpr std::size_t piece = 64U << 10;  // bytes of a body at a time
constexpr std::uint32_t longest_head = 16U << 10;

auto into(Code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

// What a client sent can't be taken: the answer, after which the connection ends.
struct Refusal {
  Response response;
};

Refusal refuse(ErrorKind kind, std::string message, int status) {
  return {problem(Error{kind, std::move(message)}, status)};
}

Refusal too_large(std::uint64_t limit) {
  return refuse(ErrorKind::invalid_input,
                fmt::format("the body is larger than the {} bytes that this call takes", limit), 413);
}

Refusal too_slow(std::string_view part, Duration limit) {
  return refuse(ErrorKind::invalid_input,
                fmt::format("the {} did not arrive within {}", part, format_duration(limit)), 408);
}

Refusal unreadable(const Code& error, std::string_view part) {
  if (error == http::error::header_limit)
    return refuse(ErrorKind::invalid_input, fmt::format("the {} is larger than {} bytes", part, longest_head),
                  431);
  return refuse(ErrorKind::invalid_input,
                fmt::format("the {} can't be read as HTTP/1.1: {}", part, error.message()), 400);
}

std::string text_of(beast::string_view text) {
  return {text.data(), text.size()};
}

class Connection {
 public:
  Connection(asio::local::stream_protocol::socket socket, ConnectionWorld world, Caller caller)
      : socket_(std::move(socket)),
        patience_(socket_),
        world_(std::move(world)),
        caller_(std::move(caller)) {}

  asio::awaitable<void> serve() {
    while (co_await wait_for_call()) {
      Parser parser;
      parser.header_limit(longest_head);
      parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // what is read is counted
      if (!co_await one_call(parser)) break;
    }
    Code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  }

 private:
  const HttpServer::Settings& settings() const { return world_.settings; }

  // The first bytes of the next call; false: none will come.
  asio::awaitable<bool> wait_for_call() {
    if (buffer_.size() > 0) co_return true;
    Code error;
    patience_.set(settings().idle);
    const std::size_t read = co_await socket_.async_read_some(buffer_.prepare(piece), into(error));
    buffer_.commit(read);
    co_return !error && read > 0;
  }

  // Whether the connection may carry another.
  asio::awaitable<bool> one_call(Parser& parser) {
    Code error;
    patience_.set(settings().head);
    co_await http::async_read_header(socket_, buffer_, parser, into(error));
    if (error == http::error::end_of_stream || error == http::error::partial_message) co_return false;
    if (error) {
      constexpr std::string_view part = "head of the call";
      // Not as one ?: within the co_await: GCC 12 would free its temporaries twice.
      Refusal refusal = unreadable(error, part);
      if (patience_.over()) refusal = too_slow(part, settings().head);
      co_await refuse_call(std::move(refusal), 11);
      co_return false;
    }
    const unsigned version = parser.get().version();
    Request request = head_of(parser);
    std::optional<Upload> upload;
    std::optional<Refusal> refusal = co_await take_body(parser, request, upload);
    if (refusal) {
      co_await refuse_call(*std::move(refusal), version);
      co_return false;
    }
    patience_.rest();
    Response response = co_await callback<Response>(
        world_.loop,
        [this, &request](std::function<void(Response)> reply) { world_.api.handle(request, reply); });
    const bool again = parser.get().keep_alive() && !response.stream;
    if (!co_await write(response, version, again)) co_return false;
    if (response.stream)
      co_await pump(socket_, patience_, *response.stream, version >= 11 ? Framing::chunked : Framing::plain,
                    settings().write);
    co_return again;
  }

  Request head_of(const Parser& parser) const {
    Request request;
    const std::string target = text_of(parser.get().target());
    const std::size_t mark = target.find('?');
    request.method = text_of(parser.get().method_string());
    request.path = target.substr(0, mark);
    if (mark != std::string::npos) request.query = target.substr(mark + 1);
    request.user = caller_.user;
    request.uid = caller_.uid;
    request.origin = caller_.origin;
    if (const auto id = parser.get().find("Last-Event-ID"); id != parser.get().end())
      request.last_event_id = text_of(id->value());
    return request;
  }

  asio::awaitable<std::optional<Refusal>> take_body(Parser& parser, Request& request,
                                                    std::optional<Upload>& upload) {
    std::expected<Intake, Response> intake = world_.api.intake(request.method, request.path);
    if (!intake) co_return Refusal{std::move(intake.error())};
    if (intake->kind == Intake::Kind::nothing) {
      if (parser.is_done()) co_return std::nullopt;
      co_return refuse(ErrorKind::invalid_input,
                       fmt::format("{} {} takes no body", request.method, request.path), 400);
    }
    if (parser.content_length() && *parser.content_length() > intake->limit)
      co_return too_large(intake->limit);
    if (intake->kind == Intake::Kind::file) {
      Result<Upload> created = Upload::create(settings().incoming);
      if (!created) co_return Refusal{problem(created.error())};
      upload.emplace(*std::move(created));
      request.file = upload->path();
    }
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      Code error;
      patience_.set(settings().write);
      static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(socket_, asio::buffer(go_on), into(error));
    }
    co_return co_await read_body(parser, intake->limit, request.body, upload);
  }

  asio::awaitable<std::optional<Refusal>> read_body(Parser& parser, std::uint64_t limit, std::string& text,
                                                    std::optional<Upload>& upload) {
    std::uint64_t before = 0;  // bytes taken already
    std::size_t filled = 0;    // of `space`
    std::string space(piece, '\0');
    patience_.set(settings().body);
    while (!parser.is_done()) {
      parser.get().body().data = space.data() + filled;
      parser.get().body().size = space.size() - filled;
      Code error;
      co_await http::async_read_some(socket_, buffer_, parser, into(error));
      if (patience_.over()) co_return too_slow("body", settings().body);
      if (error && error != http::error::need_buffer) co_return unreadable(error, "body");
      filled = space.size() - parser.get().body().size;
      if (before + filled > limit) co_return too_large(limit);
      if (filled < space.size() && !parser.is_done()) continue;
      before += filled;
      const std::string_view full(space.data(), std::exchange(filled, 0));
      if (!upload) {
        text.append(full);
        continue;
      }
      const Status written = co_await elsewhere<Status>(world_.loop, world_.workers,
                                                        [&upload, full] { return upload->write(full); });
      if (!written) co_return Refusal{problem(written.error())};
      patience_.set(settings().body);
    }
    co_return std::nullopt;
  }

  asio::awaitable<bool> write(const Response& response, unsigned version, bool keep_alive) {
    http::response<http::string_body> message(static_cast<http::status>(response.status), version);
    message.set(http::field::content_type, response.content_type);
    message.set(http::field::cache_control, "no-store");
    if (!response.allow.empty()) message.set(http::field::allow, response.allow);
    message.keep_alive(keep_alive);
    Code error;
    patience_.set(settings().write);
    if (response.stream) {
      if (version >= 11) message.chunked(true);
      http::response_serializer<http::string_body> serializer(message);
      co_await http::async_write_header(socket_, serializer, into(error));
    } else {
      message.body() = response.body;
      message.prepare_payload();
      co_await http::async_write(socket_, message, into(error));
    }
    patience_.rest();
    co_return !error;
  }

  // Says why, and then takes for a while what the client still sends: it may only read once it has sent all.
  asio::awaitable<void> refuse_call(Refusal refusal, unsigned version) {
    constexpr auto patience = std::chrono::seconds(2);
    if (!co_await write(refusal.response, version, false)) co_return;
    Code error;
    socket_.shutdown(asio::socket_base::shutdown_send, error);
    patience_.set(patience);
    buffer_.clear();
    error.clear();
    while (!error && !patience_.over()) co_await socket_.async_read_some(buffer_.prepare(piece), into(error));
  }

  ClientSocket socket_;
  Patience patience_;
  ConnectionWorld world_;
  Caller caller_;
  beast::flat_buffer buffer_;
};

}  // namespace

asio::awaitable<void> serve_connection(asio::local::stream_protocol::socket socket, ConnectionWorld world,
                                       Caller caller) {
  Connection connection(std::move(socket), std::move(world), std::move(caller));
  co_await connection.serve();
}

}  // namespace slipway::server
