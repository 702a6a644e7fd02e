#include <gtest/gtest.h>

#include <string_view>

#include "shim/shim.h"

// The program under test is its own shim, as the daemon is.
int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "shim") return slipway::shim::run(argv[2]);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
