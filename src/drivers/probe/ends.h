#pragma once

#include <sys/types.h>

#include <vector>

#include "os/fd.h"

namespace slipway::drivers {

// Says which of the programs that it was given have ended, so that nobody has to ask for each again and
// again.
class Ends {
 public:
  Ends();

  // Of the process, until the descriptor is closed; none where there is no such process, or it can't be
  // watched.
  os::Fd watch(pid_t pid, void* whose);
  // Of the processes that have ended, whose they are. They are said again until their descriptors are closed.
  std::vector<void*> come() const;
  // Becomes readable when there is one.
  int descriptor() const { return epoll_.get(); }

 private:
  os::Fd epoll_;
};

}  // namespace slipway::drivers
