#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/section.h"

namespace slipway::config {

// An address and a port that a proxy can bind: 127.0.0.1:8080 or [::1]:8080. Two spellings of one address are
// equal.
struct Listen {
  enum class Family { v4, v6 };
  Family family = Family::v4;
  std::string address;  // as the system prints it
  int port = 0;

  // Both can't be bound: the same, or one of them stands for every address.
  bool overlaps(const Listen& other) const;

  // Only this machine itself reaches it.
  bool loopback() const;
};

std::optional<Listen> parse_listen(const std::string& text);

}  // namespace slipway::config
