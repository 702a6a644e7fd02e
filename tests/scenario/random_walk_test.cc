#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "scenario/scenario.h"

// People and the world do anything in any order: no invariant breaks (step() checks them), and once all goes
// well again, whatever is under way comes to its end.
namespace slipway::scenario {
namespace {

class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<std::size_t>(state_ >> 33) % bound;
  }

 private:
  std::uint64_t state_;
};

std::string any_command(Numbers& numbers) {
  static constexpr std::array commands{"deploy {}",
                                       "deploy {} smoke bake=1m",
                                       "deploy {} instances=1 steps=5:1m,50:1m,100",
                                       "deploy {} --end-bake",
                                       "deploy {} listen=127.0.0.1:9090 smoke",
                                       "deploy {} triggers steps=5:1m,50:1m,100 bake=1m",
                                       "deploy {} triggers steps=25:1m,100 undecided=advance",
                                       "deploy {} triggers steps=25:1m,100 undecided=roll_back",
                                       "promote",
                                       "pause",
                                       "resume",
                                       "verdict healthy errors 0 %",
                                       "verdict undecided 3 requests",
                                       "verdict held stable too",
                                       "verdict unhealthy errors 20 %",
                                       "jump 1m",
                                       "away 30s",
                                       "abort",
                                       "rollback",
                                       "rollback {}",
                                       "rollback --force",
                                       "run",
                                       "run",
                                       "pass 1s",
                                       "pass 1m",
                                       "answer start done",
                                       "answer start failed no such program",
                                       "answer start unavailable no free port",
                                       "answer route done",
                                       "answer route unavailable no answer",
                                       "answer route failed the address is taken",
                                       "answer smoke done",
                                       "answer smoke failed status 500",
                                       "answer smoke unavailable no answer",
                                       "answer drain done",
                                       "answer drain unavailable no answer",
                                       "answer stop done",
                                       "answer stop unavailable no answer",
                                       "reboot",
                                       "lapse 20s",
                                       "renew"};
  static constexpr std::array versions{"1.0.0", "1.1.0", "1.2.0"};
  static constexpr std::array sights{"healthy", "unhealthy", "gone", "crashed"};
  const std::size_t kind = numbers.below(commands.size() + 4);
  if (kind >= commands.size())
    return fmt::format("{} {}-{} 3", sights[kind - commands.size()], 1 + numbers.below(5),
                       1 + numbers.below(2));
  return fmt::format(fmt::runtime(commands[kind]), versions[numbers.below(versions.size())]);
}

TEST(RandomWalk, BreaksNoInvariantAndEndsOnceAllGoesWell) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Numbers numbers(seed);
    Scenario scenario;
    std::string script;
    for (int i = 0; i < 60; ++i) {
      const std::string command = any_command(numbers);
      script += "> " + command + "\n";
      scenario.run(command);
    }
    for (int i = 0; i < 20; ++i) {
      scenario.run("recover");
      scenario.run("resume");
      scenario.run("verdict healthy errors 0 %");
      scenario.run("pass 11m");
    }
    const std::string end = "\n" + scenario.run("status");
    ASSERT_EQ(end.find("\n  deployment "), std::string::npos) << "seed " << seed << " doesn't end:\n"
                                                              << script << end;
  }
}

}  // namespace
}  // namespace slipway::scenario
