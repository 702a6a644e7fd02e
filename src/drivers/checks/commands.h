#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/effect.h"
#include "drivers/artifacts/store.h"
#include "os/command.h"

namespace slipway::drivers::checks {

// A command of the configuration, and what it is about.
struct Order {
  core::Target target;
  core::Release release;
  std::vector<std::string> command;
  std::map<std::string, std::string> env;  // beside what every command gets
  Duration timeout{};
};

struct Ran {
  os::Finished finished;
  std::string tail;    // the last 4 KiB of what it printed, as UTF-8
  std::string digest;  // SHA-256 of all that it printed
  Duration took{};
};

// Runs commands in their artifact's folder, as os::run does, with PATH, HOME, SLIPWAY_SERVICE,
// SLIPWAY_ENVIRONMENT, SLIPWAY_VERSION, SLIPWAY_REVISION and SLIPWAY_DIGEST in their environment. When the
// time is over they have 5 s from SIGTERM to SIGKILL.
class Commands {
 public:
  // `user`: whom they run as; empty: whom the daemon runs as.
  Commands(const ArtifactStore& artifacts, std::string user);

  // invalid_input: there is no such program. unavailable: it can't be run now.
  Result<Ran> run(const Order& order) const;

 private:
  const ArtifactStore& artifacts_;
  std::string user_;
};

// "exited with status 1 after 3.2 s", "took longer than 10 min, and was ended"
std::string describe(const Ran& ran, const Order& order);

// The end of `bytes`, at most so many of them, as UTF-8: what isn't becomes U+FFFD.
std::string readable_tail(std::string_view bytes, std::size_t at_most);

}  // namespace slipway::drivers::checks
