#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "config/config.h"

namespace slipway::config {

inline std::string seed() {
  std::ifstream file(std::filesystem::path(SLIPWAY_TEST_DATA) / "seed/slipway.yaml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline core::Service service_of(std::string_view text) {
  auto service = read(text, "slipway.yaml");
  EXPECT_TRUE(service) << service.error().message;
  return service ? *service : core::Service();
}

}  // namespace slipway::config
