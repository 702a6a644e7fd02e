#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cli/failure.h"
#include "os/fd.h"

namespace slipway::cli {

struct Answer {
  long status = 0;
  Json body;
};

// Where an upload's bytes come from: fills the buffer; 0 at the end.
using Source = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

// What comes of an answer that doesn't end by itself.
struct Listener {
  std::function<void()> begins = [] {};         // the daemon has said yes
  std::function<bool(std::string_view)> takes;  // false: that was enough
  std::vector<std::string> headers = {};        // to send along
};

// Speaks docs/api.md over the daemon's socket. Problems come back as Failures of their kind; where no daemon
// answers, as Exit::unreachable.
class Client {
 public:
  explicit Client(std::filesystem::path data);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Outcome<Answer> get(const std::string& path, std::chrono::seconds at_most = std::chrono::seconds(120));
  Outcome<Answer> post(const std::string& path, const Json& body);
  Outcome<Answer> put(const std::string& path, const Source& source);
  // Returns when the daemon ends the answer, or the listener has had enough.
  Outcome<void> stream(const std::string& path, const Listener& listener);

 private:
  struct Call;
  Outcome<std::string> socket_path();
  Outcome<void> perform(Call& call, const std::string& path);
  Failure unreachable(std::string_view why) const;

  std::filesystem::path data_;
  os::Fd folder_;  // for a socket whose path is too long for the kernel
};

// One part of a path or query, percent-encoded.
std::string escaped(std::string_view text);

}  // namespace slipway::cli
