#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/service.h"

namespace slipway::server {

// One thing that a configuration says otherwise than another. Secrets only as references.
struct Change {
  std::string what;                     // "instances", "environment PAYMENTS_URL"
  std::optional<std::string> from, to;  // nothing: it isn't said
  bool operator==(const Change&) const = default;
};

// In the order of slipway.yaml.
std::vector<Change> changes(const core::Bound& from, const core::Bound& to);

}  // namespace slipway::server
