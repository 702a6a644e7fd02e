#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/doors.h"
#include "sim/checks.h"
#include "sim/world.h"

namespace slipway::sim {

// The journal, which outlives the daemon: what was appended stays, and nothing else does.
class Disk final : public runner::Journal {
 public:
  Disk(World& world, Checks& checks) : world_(world), checks_(checks), targets_(world.proxies.size()) {}

  Status append(const runner::Transaction& transaction) override;
  Result<std::vector<runner::Recovered>> recover() override;
  Status check() override;

  const core::TargetState* find(int place) const;
  std::int64_t appends() const { return appends_; }
  std::uint64_t hash() const { return hash_; }
  // Called after each append.
  std::function<void(const runner::Transaction&)> appended;

  std::optional<std::string> noted_boot;
  Time touched{};  // by a daemon that lived, on the wall clock

 private:
  struct Kept {
    bool known = false;
    core::TargetState state;
    std::map<core::EffectId, core::Effect> open;
  };
  World& world_;
  Checks& checks_;
  std::vector<Kept> targets_;  // by place
  std::int64_t appends_ = 0;
  std::uint64_t hash_ = 0;
};

}  // namespace slipway::sim
