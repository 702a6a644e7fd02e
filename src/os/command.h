#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "os/user.h"

namespace slipway::os {

// A program that is run to its end, and what it prints.
struct Command {
  std::vector<std::string> argv;  // the first is a path, or is looked up in env's PATH
  std::map<std::string, std::string> env;
  std::string directory = "/";
  std::optional<User> user;
  std::string input;  // on its standard input, and then its end
  Duration timeout{10'000};
  Duration grace{0};            // from SIGTERM, at the timeout, to SIGKILL; 0: SIGKILL alone
  std::size_t keep = 16 << 10;  // bytes of each output, the last ones
  bool one_output = false;      // all that is printed is `out`, in the order printed
  std::function<void(std::string_view)> on_output;  // every piece of both as it comes
};

struct Finished {
  std::optional<int> status;  // exit status …
  std::optional<int> signal;  // … or the signal that ended it
  bool timed_out = false;     // and was killed
  std::string out, err;       // the last `keep` bytes of each
  std::size_t out_bytes = 0;  // of all that was printed
  bool ok() const { return !timed_out && status == 0; }
  // The last line of its errors, else of its output; no more than the first `at_most` bytes of it.
  std::string last_line(std::size_t at_most) const;
  std::string text() const;  // "exited with status 1", "was killed by signal 9", "took longer than …"
};

// Runs it in a session of its own, without a terminal. When it ends or its time is over, and also when this
// process ends in the middle, all that it started is killed, in whatever group or session that is.
// not_found: there is no such program. Returns 10 s after the timeout and `grace` at the latest: what another
// user's rights protect from us may still run then.
Result<Finished> run(const Command& command);

// The file for a word without a slash, in a PATH ("/usr/bin:/bin"); a word with one is the file. not_found
// else.
Result<std::string> find_program(const std::string& word, const std::string& path);

}  // namespace slipway::os
