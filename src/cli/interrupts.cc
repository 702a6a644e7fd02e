#include "cli/interrupts.h"

#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"

namespace slipway::cli {

Interrupts::Interrupts() {
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int signal : {SIGINT, SIGTERM, SIGWINCH}) ::sigaddset(&taken, signal);
  CHECK(::pthread_sigmask(SIG_BLOCK, &taken, &before_) == 0);
  signals_ = os::Fd(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
  CHECK(static_cast<bool>(signals_));
}

Interrupts::~Interrupts() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Interrupts::Woken Interrupts::wait(Duration at_most) {
  pollfd ready{.fd = signals_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, static_cast<int>(at_most.count())) <= 0) return Woken::in_time;
  signalfd_siginfo seen{};
  Woken woken = Woken::in_time;
  while (::read(signals_.get(), &seen, sizeof seen) == static_cast<ssize_t>(sizeof seen)) {
    if (seen.ssi_signo != SIGWINCH) return Woken::interrupted;
    woken = Woken::resized;
  }
  return woken;
}

}  // namespace slipway::cli
