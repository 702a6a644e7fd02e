#pragma once

#include <chrono>
#include <stdexcept>
#include <string>

namespace shop {

// How this shop is to behave. A flag wins over a SHOP_… variable, that over shop.json in the working
// directory, so that a release's faults can be part of its artifact, or of its configuration.
struct Switches {
  std::string version = "0.0.0";  // --version, SLIPWAY_VERSION, "version"
  std::string host = "127.0.0.1";
  int port = 0;  // --port, PORT; 0: any, printed at start
  int threads = 2;
  double error_rate = 0;                    // 0 … 1 of the answers but /health are 500
  std::chrono::milliseconds latency{0};     // before each answer but /health's
  double slow_rate = 0;                     // 0 … 1 of the answers but /health's take 2 s longer
  std::chrono::milliseconds slow_start{0};  // until it listens
  std::chrono::seconds crash_after{0};      // 0: never
  bool ignore_sigterm = false;
  bool db_down = false;
  bool cache_down = false;
  bool unhealthy = false;
};

struct BadSwitch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws BadSwitch, saying which switch is wrong and what it takes.
Switches read_switches(int argc, char** argv);

}  // namespace shop
