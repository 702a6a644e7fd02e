#include "scenario/disk.h"

#include "base/check.h"

namespace slipway::scenario {

Status Disk::append(const runner::Transaction& transaction) {
  CHECK(transaction.number == (state_ ? state_->events : 0) + 1);
  crashes_.reach({Boundary::Kind::before_append, transaction.number});
  ++appends_;
  state_ = transaction.state;
  if (std::holds_alternative<core::HostRebooted>(transaction.event)) open_.clear();
  if (transaction.closes) open_.erase(*transaction.closes);
  for (const core::Effect& effect : transaction.effects) open_.emplace(effect.id, effect);
  for (const core::DeploymentRecord& record : transaction.records) records_[record.number] = record;
  crashes_.reach({Boundary::Kind::after_append, transaction.number});
  return {};
}

Result<std::vector<runner::Recovered>> Disk::recover() {
  std::vector<runner::Recovered> all;
  if (!state_) return all;
  all.push_back({*state_, {}});
  for (const auto& [id, effect] : open_) all.front().open.push_back(effect);
  return all;
}

}  // namespace slipway::scenario
