#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/time.h"

namespace slipway::test {

struct Ran {
  int status =
      -1;  // exit status; 128 + the signal that ended it; -1: it was killed because its time was over
  std::string out, err;
};

struct Command {
  std::vector<std::string> words;
  std::vector<std::string> environment;  // "NAME=value", beside this process's own
  std::filesystem::path directory;       // where it runs; empty: here
};

// Waits for its end, for so long.
Ran run(const Command& command, Duration within = Duration(60'000));

// Both its outputs are appended to `log`.
pid_t start(const Command& command, const std::filesystem::path& log);

}  // namespace slipway::test
