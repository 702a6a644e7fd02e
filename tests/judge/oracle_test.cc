#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "judge/acceptance.h"
#include "judge/fast_path.h"
#include "judge/relative.h"

// The same streams through the reference simulation: tests/data/judge/oracle/make.py.
namespace slipway::judge {
namespace {

using Buckets = std::vector<Histogram::Bucket>;

Buckets buckets_of(const std::string& text) {
  Buckets buckets;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t colon = word.find(':');
    buckets.push_back({static_cast<std::uint16_t>(std::stoi(word)), std::stoll(word.substr(colon + 1))});
  }
  return buckets;
}

struct Row {
  Buckets canary, stable;
  std::int64_t canary_errors = 0, stable_errors = 0;
  double strict = 0, tolerant = 0, fast = 0, accept = 0;
};

Row row_of(const std::string& line) {
  std::vector<std::string> parts;
  std::istringstream text(line);
  for (std::string part; std::getline(text, part, '|');) parts.push_back(part);
  Row row{buckets_of(parts.at(0)), buckets_of(parts.at(2)), std::stoll(parts.at(1)), std::stoll(parts.at(3))};
  std::istringstream numbers(parts.at(4));
  numbers >> row.strict >> row.tolerant >> row.fast >> row.accept;
  return row;
}

// An arm is one instance.
InstanceSecond instance(const Buckets& times, std::int64_t errors) {
  InstanceSecond second;
  second.all = {count_all(times), errors, times};
  return second;
}

Relative::Setup strict_setup() {
  Relative::Setup setup;
  setup.scale = Scale::geometric(5, 1.05, 190);
  setup.tolerance = {1, 0, 1};
  setup.resolution = 0;
  setup.clip = Relative::Setup::Clip::none;
  setup.most_gain_of_all = setup.pace = 0;
  setup.memory_of_share = 0;
  setup.block = 5;
  setup.first = 1;
  setup.kept = 0;
  setup.injections = 0;
  return setup;
}

Relative::Setup tolerant_setup() {
  Relative::Setup setup = strict_setup();
  setup.tolerance = {1.1, 0.0005, 1.05};
  setup.most_gain_of_all = 10;
  setup.block = 10;
  setup.first = 0.5;
  setup.injections = 50;
  return setup;
}

Settings::Accept accept_margins() {
  Settings::Accept accept;
  accept.p50 = accept.p90 = std::pow(1.05, 5);
  accept.p99 = std::pow(1.05, 9);
  return accept;
}

class Oracle : public testing::TestWithParam<std::string> {};

TEST_P(Oracle, AgreesOnTheWealthAfterEachSecond) {
  std::ifstream file(std::string(SLIPWAY_TEST_DATA) + "/judge/oracle/" + GetParam() + ".txt");
  ASSERT_TRUE(file);
  std::string line;
  std::getline(file, line);
  const double weight = std::stod(line);
  std::getline(file, line);
  const Buckets warm = buckets_of(line);
  Relative strict(strict_setup()), tolerant(tolerant_setup());
  strict.remember(warm);
  tolerant.remember(warm);
  FastPath fast;
  Acceptance acceptance(accept_margins());
  int seconds = 0;
  while (std::getline(file, line)) {
    SCOPED_TRACE("second " + std::to_string(seconds++));
    const Row row = row_of(line);
    const InstanceSecond canary = instance(row.canary, row.canary_errors);
    const InstanceSecond stable = instance(row.stable, row.stable_errors);
    const Second second{{}, weight, {{&canary, 1}, {}}, {{&stable, 1}, {}}};
    tolerant.prepare();
    acceptance.take(second, tolerant);
    strict.take(second);
    tolerant.take(second);
    fast.take(canary.all.requests, canary.all.errors);
    ASSERT_NEAR(strict.log_evidence(), row.strict, 1e-9);
    ASSERT_NEAR(tolerant.log_evidence(), row.tolerant, 1e-9);
    ASSERT_NEAR(fast.log_evidence(), row.fast, 1e-9);
    ASSERT_NEAR(acceptance.log_evidence(), row.accept, 1e-9);
  }
  EXPECT_GE(seconds, 60);
}

INSTANTIATE_TEST_SUITE_P(Streams, Oracle,
                         testing::Values("alike", "errors-5-percent", "errors-20-percent-at-a-quarter",
                                         "all-errors", "half-as-slow-again", "one-percent-hangs",
                                         "bursts-of-one-instance", "both-drift"),
                         [](const auto& stream) {
                           std::string name = stream.param;
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace slipway::judge
