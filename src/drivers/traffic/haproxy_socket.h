#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

namespace slipway::drivers::haproxy {

// How commands reach one worker. Safe from every thread.
class Transport {
 public:
  virtual ~Transport() = default;
  // Sends one line of `count` commands, joined by ';'; what was answered, each answer ended by an empty line.
  virtual Result<std::string> exchange(const std::string& line, std::size_t count) = 0;
};

// One worker's commands. A call takes 2 s at most for each 8,000 bytes of commands. not_found: nobody listens
// there; unavailable: it doesn't answer, or answers less than it was asked.
class CommandLine {
 public:
  // A connection of its own for each call, to a worker's runtime socket.
  explicit CommandLine(const std::filesystem::path& socket);
  explicit CommandLine(std::shared_ptr<Transport> transport) : transport_(std::move(transport)) {}

  // One command's answer.
  Result<std::string> ask(std::string_view command) const;
  // The answers of commands that are done in their order: as many as there are commands.
  Result<std::vector<std::string>> ask(const std::vector<std::string>& commands) const;
  // What HAProxy said of commands that change something: empty where it had nothing to say.
  Result<std::string> tell(const std::vector<std::string>& commands) const;

 private:
  std::shared_ptr<Transport> transport_;
};

// A connection that stays with its worker when a reload replaces it. HAProxy keeps a replaced worker for as
// long as this lives.
class KeptLine final : public Transport {
 public:
  // not_found: nobody listens there.
  static Result<std::shared_ptr<KeptLine>> open(const std::filesystem::path& socket);
  // not_found once the worker has ended, or a call has failed: nothing more can be asked here then.
  Result<std::string> exchange(const std::string& line, std::size_t count) override;

 private:
  explicit KeptLine(os::Fd socket) : socket_(std::move(socket)) {}
  std::mutex mutex_;
  os::Fd socket_;
};

// Sends the line on a fresh connection and reads until `whole` says that the answer is, or it ends.
Result<std::string> talk(const std::filesystem::path& socket, const std::string& line, Duration within,
                         bool (*whole)(std::string_view answer, std::size_t count), std::size_t count);

// The text's answers, which empty lines end.
std::vector<std::string> answers_in(std::string_view text);

}  // namespace slipway::drivers::haproxy
