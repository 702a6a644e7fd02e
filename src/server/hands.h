#pragma once

#include <memory>

#include "drivers/artifacts/store.h"
#include "drivers/checks/alert_commands.h"
#include "drivers/checks/checker.h"
#include "drivers/engine/process_engine.h"
#include "drivers/notify/notifier.h"
#include "drivers/probe/smoke.h"
#include "drivers/telemetry/telemetry.h"
#include "drivers/traffic/haproxy_traffic.h"
#include "server/daemon.h"
#include "server/data_directory.h"
#include "server/drains.h"
#include "server/loop.h"
#include "server/offers.h"
#include "server/routing_driver.h"

namespace slipway::server {

// All that acts on the world, wired: what blocks works on threads and comes back to the loop.
class Hands {
 public:
  static Result<std::unique_ptr<Hands>> open(const DaemonOptions& options, const DataDirectory& directory,
                                             Loop& loop);

  drivers::ArtifactStore& store() { return store_; }
  drivers::ProcessEngine& engine() { return engine_; }
  drivers::HaproxyTraffic& traffic() { return *traffic_; }
  drivers::telemetry::Telemetry& telemetry() { return *telemetry_; }
  runner::Driver& driver() { return drivers_; }
  Offers& offers() { return offers_; }
  drivers::AlertCommands& alert_commands() { return alert_commands_; }

  // For leases and the proxy, and for the API: neither waits for effects, which may take long.
  drivers::Workers& tending() { return tending_; }
  drivers::Workers& serving() { return serving_; }

 private:
  drivers::SmokeTester::Introduction introduction(const core::Target& target, core::Pool pool) const;
  Status proxy_answers(const core::Target& target);
  std::vector<pid_t> running(const core::Target& target) const;
  Hands(const DaemonOptions& options, const DataDirectory& directory, Loop& loop,
        drivers::ArtifactStore store, std::unique_ptr<drivers::telemetry::Telemetry> telemetry,
        std::unique_ptr<drivers::HaproxyTraffic> traffic);

  drivers::ArtifactStore store_;
  std::unique_ptr<drivers::telemetry::Telemetry> telemetry_;
  std::unique_ptr<drivers::HaproxyTraffic> traffic_;
  Drains drains_;
  drivers::ProcessEngine engine_;
  drivers::SmokeTester smoke_;
  drivers::Notifier notifier_;
  drivers::Checker checker_;
  drivers::AlertCommands alert_commands_;
  drivers::Workers acting_;
  drivers::Workers routing_{16};  // users' ways don't wait for instances that stop, or for tests
  drivers::Workers reloading_;    // one reload serves all that wait here
  drivers::Workers checking_{8};  // checks that hang hold up one another, and nothing else
  drivers::Workers alarming_{4};
  drivers::Workers telling_{4};  // receivers that hang hold up one another, and nothing else
  drivers::Workers tending_{16};
  drivers::Workers serving_;
  drivers::BlockingDriver engine_driver_;
  RoutingDriver traffic_driver_;
  drivers::BlockingDriver drain_driver_;
  drivers::BlockingDriver smoke_driver_;
  drivers::BlockingDriver notify_driver_;
  drivers::BlockingDriver check_driver_;
  drivers::BlockingDriver alarm_driver_;
  Offers offers_;
  drivers::Drivers drivers_;
};

}  // namespace slipway::server
