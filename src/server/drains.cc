#include "server/drains.h"

#include "drivers/traffic/haproxy_config.h"

namespace slipway::server {

Drains::Drains(drivers::Hand& proxy, LastRequest last_request)
    : proxy_(proxy), last_request_(std::move(last_request)) {}

std::optional<core::Outcome> Drains::observe(const core::Effect& effect) {
  return proxy_.observe(effect);
}

core::Outcome Drains::perform(const core::Effect& effect) {
  core::Outcome outcome = proxy_.perform(effect);
  const auto* drained = std::get_if<core::AwaitDrained>(&effect.body);
  if (drained != nullptr && outcome.status == core::Outcome::Status::done)
    outcome.last_request = last_request_(drivers::haproxy::backend_name(effect.id.target, drained->pool));
  return outcome;
}

}  // namespace slipway::server
