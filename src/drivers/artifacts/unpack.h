#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace slipway::drivers {

// Unpacks a tar or zip into `root`, an empty directory whose path holds no symbolic link. Only directories,
// files and links come out, all inside it; owners, times and modes but the executable bit are left behind.
// The error names the entry; what was unpacked until then stays.
Status unpack(const std::filesystem::path& archive, const std::filesystem::path& root,
              std::uint64_t max_bytes);

}  // namespace slipway::drivers
