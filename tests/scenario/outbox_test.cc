#include <gtest/gtest.h>

#include "scenario/scenario.h"

namespace slipway::scenario {
namespace {

// Of an outage that lasts for a thousand deployments and more.
TEST(Outbox, KeepsAThousandLettersAndLetsTheOldestGo) {
  Scenario scenario;
  scenario.run("deploy 1.0.0");
  scenario.run("run");
  std::string said;
  for (int i = 0; i < 1005; ++i) {
    scenario.run("deploy 1.1.0 approvals=1 notify=ops:failed");
    said += scenario.run("decline bob not now");
    scenario.run("answer tell unavailable connection refused");
    if (i == 999) {
      EXPECT_EQ(said.find("any more"), std::string::npos);
    }
  }
  EXPECT_NE(scenario.run("status").find("letters that wait: 1000\n"), std::string::npos);
  EXPECT_NE(said.find("can't be told any more that deployment 2 has failed"), std::string::npos) << said;
  EXPECT_NE(said.find("can't be told any more that deployment 6 has failed"), std::string::npos);
  EXPECT_EQ(said.find("can't be told any more that deployment 7 has"), std::string::npos);
  // Nothing waits for them.
  EXPECT_NE(scenario.run("deploy 1.2.0").find("→ start 1007-1"), std::string::npos);
  scenario.run("run");
  EXPECT_NE(scenario.run("status").find("stable: 1.2.0"), std::string::npos);
}

}  // namespace
}  // namespace slipway::scenario
