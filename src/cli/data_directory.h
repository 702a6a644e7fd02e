#pragma once

#include "cli/failure.h"
#include "cli/run.h"

namespace slipway::cli {

// As written, else SLIPWAY_DATA, else /var/lib/slipway for root and ${XDG_STATE_HOME:-~/.local/state}/slipway
// for others. Absolute.
Outcome<std::filesystem::path> data_directory(const std::string& written, const Surroundings& around);

}  // namespace slipway::cli
