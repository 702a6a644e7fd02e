#pragma once

#include <filesystem>

#include "base/result.h"
#include "drivers/telemetry/endpoint.h"
#include "os/fd.h"

namespace slipway::drivers::telemetry {

// A UDP socket on the loopback address, with as large a receive buffer as this user may have.
struct Socket {
  os::Fd fd;
  Endpoint endpoint;
};

// On the port and with the token that telemetry.json in the directory holds; both are made, and written
// there, where it isn't there or can't be read, and the port where somebody else has taken it. unavailable:
// no port could be opened, or the file can't be written.
Result<Socket> open_socket(const std::filesystem::path& directory);

}  // namespace slipway::drivers::telemetry
