#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenario/recording.h"
#include "scenario/scenario.h"
#include "scenario/sweep.h"

// Golden scenarios: tests/data/scenarios/*.txt. A line "> command" is done, the lines after it are what came
// of it. UPDATE_GOLDEN=1 rewrites them. RECORD_JOURNALS=FOLDER writes there what the journal of each holds
// after every event.
namespace slipway::scenario {
namespace {

std::string play(const std::string& script, const std::string& name) {
  Interference interference;
  if (const char* folder = std::getenv("RECORD_JOURNALS"))
    interference.journal = [file = std::filesystem::path(folder) / (name + ".jsonl")](
                               runner::Journal& journal) { return recording(journal, file); };
  Scenario scenario(Crashes::never(), interference, People::look);
  std::istringstream lines(script);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) result += line + "\n";
    if (line.starts_with("> ")) result += line + "\n" + scenario.run(line.substr(2));
  }
  return result;
}

class GoldenScenario : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenScenario, GoesAsWritten) {
  std::ifstream file(GetParam());
  const std::string expected((std::istreambuf_iterator<char>(file)), {});
  const std::string actual = play(expected, GetParam().stem().string());
  if (std::getenv("UPDATE_GOLDEN") != nullptr)
    std::ofstream(GetParam()) << actual;
  else
    EXPECT_EQ(actual, expected);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, GoldenScenario, testing::ValuesIn(scenario_files()),
                         [](const auto& parameter) {
                           std::string name = parameter.param.stem().string();
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace slipway::scenario
