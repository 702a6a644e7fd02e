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
  const std::string problem = status ? std::string() : status.error().message;
  if (problem == problem_) return;
  problem_ = problem;
  if (problem.empty())
    log_info("the proxy is up again");
  else
    log_error("the proxy is down: {}", problem);
}

}  // namespace slipway::server
