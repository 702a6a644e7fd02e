#pragma once

#include <set>

#include "base/check.h"
#include "runner/doors.h"

namespace slipway::journal {

// What every journal may rely on: events are numbered without a gap, and all that a transaction holds is of
// its target.
inline void check_promises(const runner::Transaction& transaction, std::int64_t last_number) {
  CHECK(transaction.number == last_number + 1);
  CHECK(transaction.state.target == transaction.target);
  std::set<int> ordinals;
  for (const core::Effect& effect : transaction.effects) {
    CHECK(effect.id.target == transaction.target);
    CHECK(effect.id.event == transaction.number);
    CHECK(ordinals.insert(effect.id.ordinal).second);
  }
}

}  // namespace slipway::journal
