#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"

// A call and its answer, as the handlers see them: no sockets, no HTTP library.
namespace slipway::server {

struct Request {
  std::string method;
  std::string path;                          // as sent, without the query
  std::string query;                         // as sent, without the "?"
  std::string body;                          // JSON, at most Intake::limit bytes
  std::filesystem::path file;                // instead of `body`, where Intake says so; its owner removes it
  std::optional<std::string> last_event_id;  // the header
  std::string user;                          // "alice", or "uid 1234"
  std::optional<std::uint32_t> uid = std::nullopt;  // the user's; nothing: not known
  std::string origin = {};                          // "unix socket, uid 1000, pid 4242"
};

// Text that comes bit by bit, and ends when the client goes. Used on the loop's thread alone.
class Stream {
 public:
  virtual ~Stream() = default;
  // What has come since the last call; empty: nothing yet. Nothing at all: the stream has ended.
  virtual std::optional<std::string> next() = 0;
  // When to ask again, unless woken before.
  virtual Duration patience() const = 0;
  virtual void wake_with(std::function<void()> wake) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;               // the methods there are, with 405
  std::unique_ptr<Stream> stream;  // instead of `body`
};

// What comes with a call, told from its method and path alone.
struct Intake {
  enum class Kind { nothing, json, file };
  Kind kind = Kind::nothing;
  std::uint64_t limit = 0;  // bytes
};

}  // namespace slipway::server
