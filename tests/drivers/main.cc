#include <gtest/gtest.h>

#include <string_view>

#include "shim/shim.h"

// Shims are this very program, started as `… shim DIR`.
int main(int argc, char** argv) {
  if (argc >= 3 && std::string_view(argv[1]) == "shim") return slipway::shim::run(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
