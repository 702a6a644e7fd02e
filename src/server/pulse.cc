#include "server/pulse.h"

#include "base/log.h"

namespace slipway::server {

Pulse::Pulse(Loop& loop, drivers::Workers& workers, SteadyWall& clock, Beats beats)
    : loop_(loop), workers_(workers), clock_(clock), beats_(std::move(beats)), timer_(loop.timer()) {}

void Pulse::start() {
  beat();
}

void Pulse::beat() {
  constexpr Duration interval{1000};
  timer_->set(interval, [this] { beat(); });
  if (const auto by = clock_.jumped()) beats_.jumped(*by);
  beats_.alive();
  if (!beats_.may_tend() || std::exchange(tending_, true)) return;
  workers_.run([this] {
    const Status status = beats_.tend();
    loop_.post([this, status] { tended(status); });
  });
}

void Pulse::tended(const Status& status) {
  tending_ = false;
  beats_.tended();
  if (status) {
    if (std::exchange(troubled_, false)) log_info("the proxy is as it is to be again");
    return;
  }
  // Its words may change with every try.
  constexpr std::chrono::minutes between_words{1};
  const auto now = std::chrono::steady_clock::now();
  if (std::exchange(troubled_, true) && now < said_ + between_words) return;
  said_ = now;
  log_error("the proxy isn't as it is to be, and is tried again: {}", status.error().message);
}

}  // namespace slipway::server
