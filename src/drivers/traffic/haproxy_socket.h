#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace slipway::drivers::haproxy {

// A way to one worker's commands: its runtime socket, or the master's, which hands them on to workers that a
// reload has replaced. Each call is a connection of its own and takes 2 s at most. not_found: nobody listens
// there.
class CommandLine {
 public:
  explicit CommandLine(std::filesystem::path socket, std::optional<int> old_worker = {})
      : socket_(std::move(socket)), old_worker_(old_worker) {}

  // One command that only asks.
  Result<std::string> ask(std::string_view command) const;
  // Several such; their answers, one after the other.
  Result<std::string> ask(const std::vector<std::string>& commands) const;
  // Commands that change, in their order, together as far as the length of a line allows; what HAProxy said
  // of them.
  Result<std::string> tell(const std::vector<std::string>& commands) const;

 private:
  Result<std::string> exchange(const std::string& line) const;

  std::filesystem::path socket_;
  std::optional<int> old_worker_;  // its pid
};

}  // namespace slipway::drivers::haproxy
