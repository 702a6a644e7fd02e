#include "drivers/probe/watch.h"

#include <cstring>

namespace slipway::drivers {
namespace {

constexpr int bad_answers_of_an_unhealthy_one = 2;
// What an instance answers may differ each time; each word on it is an event that is kept for good.
constexpr std::chrono::seconds between_details{5};

std::string how_it_ended(const shim::ShimStatus& status) {
  std::string text = "ended";
  if (status.last_exit && status.last_exit->status) {
    text = fmt::format("exited with status {}", *status.last_exit->status);
  } else if (status.last_exit && status.last_exit->signal) {
    text = fmt::format("was killed by signal {} ({})", *status.last_exit->signal,
                       strsignal(*status.last_exit->signal));
  }
  if (status.restarts == 1) text += ", restarted once";
  if (status.restarts > 1) text += fmt::format(", restarted {} times", status.restarts);
  return text;
}

}  // namespace

Look look_at(const Result<shim::ShimStatus>& status, Time now, Duration grace) {
  Look look;
  if (!status) {
    if (status.error().kind == ErrorKind::not_found) look.process = Look::Process::gone;
    return look;
  }
  look.process = status->pid ? Look::Process::running : Look::Process::waiting;
  look.restarts = status->restarts;
  if (status->last_exit || !status->pid) look.ended = how_it_ended(*status);
  look.past_grace = now - status->started > grace;
  return look;
}

std::optional<core::Health> Watch::health_after(const Look& look) {
  using core::Health;
  if (look.process == Look::Process::gone) return Health::gone;
  if (look.process == Look::Process::waiting) return Health::unhealthy;
  bad_ = look.problem ? bad_ + 1 : 0;
  if (!look.problem) return Health::healthy;
  const bool often = bad_ >= bad_answers_of_an_unhealthy_one;
  if (!said_ && look.past_grace && !often) return std::nullopt;  // it was up before we came
  const Health last = said_ ? said_->health : Health::starting;
  switch (last) {
    case Health::healthy: {
      const bool restarted = look.process == Look::Process::running && look.restarts != said_->restarts;
      return often || restarted ? Health::unhealthy : Health::healthy;
    }
    case Health::unhealthy:
      return Health::unhealthy;
    case Health::starting:
    case Health::gone:
      return often && look.past_grace ? Health::unhealthy : Health::starting;
  }
  return last;
}

std::string Watch::detail_of(core::Health health, const Look& look) const {
  switch (look.process) {
    case Look::Process::gone:
      return "its process is gone, and nothing restarts it";
    case Look::Process::waiting:
      return look.ended;
    case Look::Process::running:
    case Look::Process::unknown:
      break;
  }
  if (health != core::Health::healthy) return look.problem.value_or("");
  return said_ && look.process == Look::Process::running && look.restarts != said_->restarts ? look.ended
                                                                                             : "";
}

std::optional<core::InstanceObserved> Watch::see(const Look& look, Instant now) {
  const auto health = health_after(look);
  if (!health) return std::nullopt;
  const bool counted = look.process == Look::Process::running || look.process == Look::Process::waiting;
  core::InstanceObserved seen{instance_, *health, detail_of(*health, look), look.restarts};
  if (!counted) seen.restarts = said_ ? said_->restarts : 0;
  seen.says_no = look.says_no && seen.health == core::Health::unhealthy;

  const bool same = said_ && said_->health == seen.health && said_->restarts == seen.restarts &&
                    said_->says_no == seen.says_no;
  if (same && seen.health == core::Health::healthy) return std::nullopt;
  if (same && (said_->detail == seen.detail || now - said_at_ < between_details)) return std::nullopt;
  said_ = seen;
  said_at_ = now;
  return seen;
}

}  // namespace slipway::drivers
