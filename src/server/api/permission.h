#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/api/route.h"
#include "server/rights.h"

namespace slipway::server {

// What a call needs: one of these rights. The audit trail calls it by its command's name.
struct Permission {
  std::string_view command;
  std::vector<Right> any_of;
};

// Nothing: anybody who reaches the daemon may look.
std::optional<Permission> permission(Call call);

}  // namespace slipway::server
