#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "os/fd.h"

namespace slipway::os {

// A process that can't be mistaken for a later one with the same pid.
struct Identity {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // in clock ticks since the boot
  std::string boot_id;
  bool operator==(const Identity&) const = default;
};

// Of this boot of the machine, as the kernel names it.
Result<std::string> boot_id();

// not_found when there is no such process.
Result<Identity> identify(pid_t pid);

// A pidfd of that very process; not_found when it has ended (also as a zombie that nobody has waited for).
Result<Fd> open_process(const Identity& identity);

// A pidfd of a child that nobody has waited for yet, so that its pid is its own.
Result<Fd> open_child(pid_t pid);

// Through the pidfd. Fine when the process has ended already.
Status send_signal(const Fd& process, int number);

// Waits until the process of the pidfd has ended. unavailable when the time is over.
Status await_end(const Fd& process, Duration within);

}  // namespace slipway::os
