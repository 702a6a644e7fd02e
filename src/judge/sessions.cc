#include "judge/sessions.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace slipway::judge {

// Open addressing, at most half full.
Sessions::Sessions(int capacity) : half_(capacity / 2) {
  CHECK(capacity >= 2);
  std::size_t room = 4;
  while (room < static_cast<std::size_t>(half_) * 2) room *= 2;
  young_.keys.resize(room);
  old_.keys.resize(room);
}

// The key's place, or the free one where it would be.
std::uint64_t& Sessions::find(Table& table, std::uint64_t key) {
  const std::size_t mask = table.keys.size() - 1;
  // Hashes may differ in their upper bits only.
  std::size_t at = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 32U) & mask;
  while (table.keys[at] != 0 && (table.keys[at] | 1U) != (key | 1U)) at = (at + 1) & mask;
  return table.keys[at];
}

Sessions::Bets Sessions::see(std::uint64_t session, Outcome outcome) {
  const std::uint64_t key = std::max<std::uint64_t>(session & ~std::uint64_t{1}, 2);
  std::uint64_t* known = &find(young_, key);
  Bets bets;
  if (*known == 0) {
    const std::uint64_t remembered = find(old_, key);
    bets.time = remembered == 0;
    if (young_.used == half_) {
      std::swap(young_, old_);
      std::ranges::fill(young_.keys, 0);
      young_.used = 0;
      known = &find(young_, key);
    }
    *known = remembered == 0 ? key : remembered;
    ++young_.used;
  }
  const bool erred = (*known & 1U) != 0;
  bets.count = !erred;
  bets.error = !erred && outcome == Outcome::error;
  if (bets.error) *known |= 1U;
  return bets;
}

}  // namespace slipway::judge
