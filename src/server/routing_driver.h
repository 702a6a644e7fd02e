#pragma once

#include "drivers/hand.h"
#include "drivers/traffic/haproxy_traffic.h"

namespace slipway::server {

// Routing on two sets of threads: what is told to the running HAProxy never waits for threads that wait for a
// reload.
class RoutingDriver final : public runner::Driver {
 public:
  RoutingDriver(drivers::HaproxyTraffic& traffic, drivers::Workers& telling, drivers::Workers& reloading,
                drivers::Post post)
      : traffic_(traffic), told_(traffic, telling, post), reloaded_(traffic, reloading, post) {}

  void observe(const core::Effect& effect, Seen seen) override { told_.observe(effect, std::move(seen)); }
  void perform(const core::Effect& effect, Done done) override {
    (traffic_.takes_a_reload(effect) ? reloaded_ : told_).perform(effect, std::move(done));
  }

 private:
  drivers::HaproxyTraffic& traffic_;
  drivers::BlockingDriver told_;
  drivers::BlockingDriver reloaded_;
};

}  // namespace slipway::server
