#pragma once

#include <string>

#include "drivers/hand.h"

namespace slipway::drivers {

// Does Notify. Secrets are read when a letter is sent and are in no message. A command runs in a process
// group of its own as `user` (empty: as the daemon), with PATH, HOME, SLIPWAY_ID and SLIPWAY_EVENT alone in
// its environment and the facts as JSON on its standard input; it is killed with its group when its time is
// over.
class Notifier final : public Hand {
 public:
  struct Settings {
    std::string user;
    Duration connect{5'000};
    Duration whole{10'000};    // connecting, sending and the answer
    Duration command{10'000};  // what a command may take
  };
  explicit Notifier(Settings settings) : settings_(std::move(settings)) {}
  std::optional<core::Outcome> observe(const core::Effect& effect) override;  // nothing: it is told again
  core::Outcome perform(const core::Effect& effect) override;

 private:
  core::Outcome tell_slack(const core::Notify& letter) const;
  core::Outcome tell_webhook(const core::Notify& letter) const;
  core::Outcome run_command(const core::Notify& letter) const;
  Settings settings_;
};

}  // namespace slipway::drivers
