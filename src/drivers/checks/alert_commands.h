#pragma once

#include <filesystem>
#include <mutex>
#include <set>

#include "drivers/checks/commands.h"
#include "drivers/hand.h"

namespace slipway::drivers {

// Does RunAlertCommand, once: that it begins is written down before it does, and how it ended after it. One
// that a daemon didn't see the end of isn't run again. SLIPWAY_ID (the effect's), SLIPWAY_ALERT,
// SLIPWAY_METRIC and SLIPWAY_VALUE are in its environment beside what every command gets.
class AlertCommands final : public Hand {
 public:
  // `dir`: where it is written down. `user`: whom commands run as; empty: whom the daemon runs as.
  AlertCommands(std::filesystem::path dir, const ArtifactStore& artifacts, const std::string& user)
      : dir_(std::move(dir)), commands_(artifacts, user) {}

  std::optional<core::Outcome> observe(const core::Effect& effect) override;
  core::Outcome perform(const core::Effect& effect) override;

  // It is known how that effect ended, durably: it won't be asked for again.
  void forget(const core::EffectId& id);
  // Of all others that is known, by whichever daemon. To be said once, at the start.
  void keep_only(const std::set<core::EffectId>& open);

 private:
  std::filesystem::path file(const core::EffectId& id) const;

  const std::filesystem::path dir_;
  checks::Commands commands_;
  std::mutex mutex_;
  std::set<std::filesystem::path> files_;
};

}  // namespace slipway::drivers
