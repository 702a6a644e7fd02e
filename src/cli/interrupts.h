#pragma once

#include <csignal>

#include "base/time.h"
#include "os/fd.h"

namespace slipway::cli {

// Takes Ctrl-C and SIGTERM for this thread while it lives, so that a view can end properly.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  enum class Woken { in_time, resized, interrupted };
  // Until one of these happens, or the time is over.
  Woken wait(Duration at_most);

 private:
  sigset_t before_{};
  os::Fd signals_;
};

}  // namespace slipway::cli
