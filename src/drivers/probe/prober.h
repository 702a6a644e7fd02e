#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "drivers/engine/process_engine.h"

namespace slipway::drivers {

// Asks every instance for its health, each at its own interval, on one thread, and says what changed. An
// instance whose shim is gone is `gone`; one that its shim waits to restart is unhealthy, with how it ended.
class Prober {
 public:
  using Changed = std::function<void(core::Target, core::InstanceObserved)>;  // called on the prober's thread
  using Ask = std::function<Result<shim::ShimStatus>(const core::Target&, const core::InstanceName&)>;

  Prober(Ask ask, Changed changed);
  ~Prober();
  void start();
  // Replaces what is probed. What was probed before keeps its last word; what is new is reported at its first
  // answer.
  void probe(std::map<core::Target, std::vector<core::Duties::Probe>> wanted);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::drivers
