#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/event.h"
#include "shim/shim.h"

namespace slipway::drivers {

// What one look at an instance found.
struct Look {
  enum class Process { unknown, running, waiting, gone };  // waiting: to be restarted by its shim
  Process process = Process::unknown;
  int restarts = 0;                    // where it is running or waiting
  std::string ended;                   // how it ended last: "exited with status 1, restarted 3 times"
  bool past_grace = false;             // it runs for longer than it may take to start
  std::optional<std::string> problem;  // with its answer; nothing: it answered well
  bool says_no = false;                // the problem is what it says, which the proxy doesn't read
};

// `status` is what the shim said, `now` the wall clock's time.
Look look_at(const Result<shim::ShimStatus>& status, Time now, Duration grace);

// Knows what was said last of an instance, and tells what there is to say after each look. One bad answer of
// a healthy instance isn't worth a word; a process that isn't running is.
class Watch {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit Watch(core::InstanceName instance) : instance_(instance) {}
  std::optional<core::InstanceObserved> see(const Look& look, Instant now);

 private:
  std::optional<core::Health> health_after(const Look& look);
  std::string detail_of(core::Health health, const Look& look) const;

  core::InstanceName instance_;
  std::optional<core::InstanceObserved> said_;
  Instant said_at_{};
  int bad_ = 0;  // answers in a row
};

}  // namespace slipway::drivers
