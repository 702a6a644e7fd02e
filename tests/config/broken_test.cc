#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/config.h"

// tests/data/config/broken/NN-name.yaml must say what NN-name.txt holds. UPDATE_GOLDEN=1 writes the latter
// anew.
namespace slipway::config {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(SLIPWAY_TEST_DATA) / "config/broken"))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  std::ranges::sort(names);
  return names;
}

class BrokenConfiguration : public testing::TestWithParam<std::string> {};

TEST_P(BrokenConfiguration, IsRefusedInTheseWords) {
  const fs::path dir = fs::path(SLIPWAY_TEST_DATA) / "config/broken";
  const std::string text = content(dir / (GetParam() + ".yaml"));
  const Parsed parsed = parse(text);
  const std::string said = render(parsed.problems, text, "slipway.yaml") + "\n";
  ASSERT_FALSE(parsed.problems.empty());
  const fs::path golden = dir / (GetParam() + ".txt");
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << said;
  EXPECT_EQ(said, content(golden));

  const auto service = read(text, "slipway.yaml");
  ASSERT_FALSE(service);
  EXPECT_EQ(service.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(service.error().message + "\n", said);
}

INSTANTIATE_TEST_SUITE_P(All, BrokenConfiguration, testing::ValuesIn(cases()), [](const auto& one) {
  std::string name = one.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(BrokenConfigurations, AreMany) {
  EXPECT_GE(cases().size(), 142U);
}

}  // namespace
}  // namespace slipway::config
