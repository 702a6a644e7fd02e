#pragma once

#include <map>
#include <optional>
#include <vector>

#include "runner/doors.h"
#include "scenario/crashes.h"

namespace slipway::scenario {

// The journal of one target, which outlives the daemon.
class Disk final : public runner::Journal {
 public:
  explicit Disk(Crashes& crashes) : crashes_(crashes) {}

  Status append(const runner::Transaction& transaction) override;
  Result<std::vector<runner::Recovered>> recover() override;
  Status check() override { return {}; }

  std::int64_t appends() const { return appends_; }
  const std::optional<core::TargetState>& state() const { return state_; }
  const std::map<core::EffectId, core::Effect>& open() const { return open_; }
  // The last of each deployment, by its number.
  const std::map<int, core::DeploymentRecord>& records() const { return records_; }

 private:
  Crashes& crashes_;
  std::int64_t appends_ = 0;
  std::optional<core::TargetState> state_;
  std::map<core::EffectId, core::Effect> open_;
  std::map<int, core::DeploymentRecord> records_;
};

}  // namespace slipway::scenario
