#pragma once

namespace slipway {

// Says which promise was broken and aborts: a restart and recovery are the answer.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace slipway

// A promise inside the program; on in release too. Never for what others give us: that is a Result.
#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::slipway::check_failed(#condition, __FILE__, __LINE__))
