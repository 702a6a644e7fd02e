#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace slipway::core {

// What an HTTP answer must look like. Nothing set: any status from 200 to 399.
struct Expectation {
  struct Field {
    std::string path;            // "status", or "database.state" for nested objects
    std::optional<Json> equals;  // nothing: it must be present
    bool operator==(const Field&) const = default;
  };
  std::optional<int> status;
  std::map<std::string, std::optional<std::string>> headers;  // lowercase name → value; nothing: present
  std::vector<Field> json;
  bool operator==(const Expectation&) const = default;
};

}  // namespace slipway::core
