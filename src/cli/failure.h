#pragma once

#include <expected>
#include <string>

#include "base/json.h"
#include "base/result.h"

namespace slipway::cli {

enum class Exit : int {
  done = 0,
  internal = 1,     // ours
  usage = 2,        // the command line, the configuration, or a name that isn't there
  refused = 3,      // understood, and not allowed now
  undone = 4,       // rolled back, aborted, superseded or failed
  unreachable = 5,  // no daemon answers
};

// Why a command ends early: what to say, and with which exit code.
struct Failure {
  Exit exit = Exit::internal;
  Error error;
  Json details = nullptr;  // more members for the problem that --json prints
  bool told = false;       // it was said already: only the exit code is left

  Failure(Error from);  // the exit code follows from the kind
  Failure(Exit with, Error from, Json more = nullptr)
      : exit(with), error(std::move(from)), details(std::move(more)) {}

  std::string text() const;  // "refused: …", a line or more
  Json problem() const;      // RFC 9457, with `kind` and `exit`
};

template <class T>
using Outcome = std::expected<T, Failure>;

template <class... Args>
std::unexpected<Failure> fail_with(Exit exit, ErrorKind kind, fmt::format_string<Args...> format,
                                   Args&&... args) {
  return std::unexpected(Failure(exit, Error{kind, fmt::format(format, std::forward<Args>(args)...)}));
}

}  // namespace slipway::cli
