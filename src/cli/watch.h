#pragma once

#include <optional>

#include "cli/target.h"

namespace slipway::cli {

// Shows one target, or all where none is named, until Ctrl-C: drawn each second on a terminal, else a line
// for each change. Waits for a daemon that goes away as long as other commands do.
Outcome<void> watch(Desk& desk, const std::optional<TargetName>& target);

}  // namespace slipway::cli
