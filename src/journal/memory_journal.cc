#include "journal/memory_journal.h"

#include <map>

#include "journal/promises.h"

namespace slipway::journal {

Status MemoryJournal::append(const runner::Transaction& transaction) {
  if (failures_ > 0) {
    --failures_;
    return fail(ErrorKind::unavailable, "the journal can't be written: it was told to fail");
  }
  std::int64_t last = 0;
  for (const runner::Transaction& earlier : transactions_)
    if (earlier.target == transaction.target) last = earlier.number;
  check_promises(transaction, last);
  transactions_.push_back(transaction);
  return {};
}

Result<std::vector<runner::Recovered>> MemoryJournal::recover() {
  std::map<core::Target, core::TargetState> states;
  std::map<core::Target, std::map<core::EffectId, core::Effect>> open;
  for (const runner::Transaction& transaction : transactions_) {
    states[transaction.target] = transaction.state;
    auto& effects = open[transaction.target];
    if (std::holds_alternative<core::HostRebooted>(transaction.event)) effects.clear();
    if (transaction.closes) effects.erase(*transaction.closes);
    for (const core::Effect& effect : transaction.effects) effects.emplace(effect.id, effect);
  }
  std::vector<runner::Recovered> recovered;
  for (auto& [target, state] : states) {
    runner::Recovered& one = recovered.emplace_back(runner::Recovered{std::move(state), {}});
    for (auto& [id, effect] : open[target]) one.open.push_back(std::move(effect));
  }
  return recovered;
}

Status MemoryJournal::check() {
  if (failures_ == 0) return {};
  --failures_;
  return fail(ErrorKind::unavailable, "the journal can't be written: it was told to fail");
}

}  // namespace slipway::journal
