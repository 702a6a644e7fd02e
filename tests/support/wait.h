#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "base/time.h"

namespace slipway {

// Whether `predicate` became true within `limit`; asked every few milliseconds.
inline bool eventually(Duration limit, const std::function<bool()>& predicate) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() >= deadline) return predicate();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace slipway
