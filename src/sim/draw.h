#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/time.h"

namespace slipway::sim {

// 64 bits out of several numbers; the same everywhere.
std::uint64_t mix(std::initializer_list<std::uint64_t> numbers);
std::uint64_t mix(std::string_view text);

// Numbers that depend on the key alone. What happens at a place of the run is drawn from that place's own
// key, so that removing something elsewhere moves nothing here.
class Draw {
 public:
  explicit Draw(std::uint64_t key) : state_(key) {}

  std::uint64_t next();
  std::int64_t below(std::int64_t bound);                       // 0 … bound - 1; 0 < bound
  std::int64_t between(std::int64_t least, std::int64_t most);  // both included
  Duration time(std::int64_t least_ms, std::int64_t most_ms) { return Duration(between(least_ms, most_ms)); }
  bool chance(std::int64_t of, std::int64_t among) { return below(among) < of; }

 private:
  std::uint64_t state_;
};

}  // namespace slipway::sim
