#pragma once

#include <string>

namespace slipway::drivers::telemetry {

// Where the proxy sends its records to, and the word that shows that they are its own: any local process can
// send to a loopback port, only the proxy's configuration holds the token.
struct Endpoint {
  std::string address;  // "127.0.0.1:20514"; empty: nothing is recorded
  std::string token;    // 32 hexadecimal digits
  bool operator==(const Endpoint&) const = default;
};

}  // namespace slipway::drivers::telemetry
