#pragma once

#include "drivers/checks/built_in.h"
#include "drivers/checks/commands.h"
#include "drivers/checks/github.h"
#include "drivers/hand.h"

namespace slipway::drivers {

// Does RunCheck. A command has SLIPWAY_COMMIT and SLIPWAY_BRANCH in its environment as well, empty where they
// aren't known.
class Checker final : public Hand {
 public:
  // `user`: whom commands run as; empty: whom the daemon runs as.
  Checker(const ArtifactStore& artifacts, const std::string& user, checks::World world);
  std::optional<core::Outcome> observe(const core::Effect& effect) override;  // nothing: they are done again
  core::Outcome perform(const core::Effect& effect) override;

 private:
  checks::Answer look(const core::Target& target, const core::RunCheck& run) const;
  Result<core::Evidence> run_command(const core::Target& target, const core::RunCheck& run) const;
  core::Outcome check(const core::Target& target, const core::RunCheck& run) const;

  const ArtifactStore& artifacts_;
  checks::Commands commands_;
  checks::World world_;
};

}  // namespace slipway::drivers
