#pragma once

#include "runner/doors.h"

namespace slipway::journal {

// The same promises without a disk, for tests and the simulator. `fail_next(n)` makes the next n appends
// unavailable.
class MemoryJournal final : public runner::Journal {
 public:
  Status append(const runner::Transaction& transaction) override;
  Result<std::vector<runner::Recovered>> recover() override;
  Status check() override;

  void fail_next(int appends) { failures_ = appends; }
  const std::vector<runner::Transaction>& transactions() const { return transactions_; }

 private:
  std::vector<runner::Transaction> transactions_;
  int failures_ = 0;
};

}  // namespace slipway::journal
