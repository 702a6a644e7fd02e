#pragma once

#include <functional>
#include <optional>
#include <string>

#include "drivers/hand.h"

namespace slipway::server {

// Waits for pools to empty, as the proxy's hand does, and adds when the last request that the pool got was
// asked.
class Drains final : public drivers::Hand {
 public:
  using LastRequest = std::function<std::optional<Time>(const std::string& backend)>;  // blocks

  Drains(drivers::Hand& proxy, LastRequest last_request);
  std::optional<core::Outcome> observe(const core::Effect& effect) override;
  core::Outcome perform(const core::Effect& effect) override;

 private:
  drivers::Hand& proxy_;
  LastRequest last_request_;
};

}  // namespace slipway::server
