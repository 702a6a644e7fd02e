#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>

#include "scenario/sweep.h"

namespace slipway::scenario {
namespace {

std::vector<Script> all_scripts() {
  std::vector<Script> scripts;
  for (const auto& file : scenario_files()) scripts.push_back(read_script(file));
  return scripts;
}

// 12,345
std::string grouped(int number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

TEST(CrashSweep, EachScenarioEndsAsItDoesWithoutCrashes) {
  const Sweep swept = sweep(all_scripts(), {});
  std::cout << fmt::format(
      "crash sweep: {} scenarios, {} boundaries, {} runs with {} crashes, {} of them as after a sleep, "
      "{} failures\n",
      swept.scenarios, grouped(swept.boundaries), grouped(swept.runs), grouped(swept.crashes), swept.asleep,
      swept.failures.size());
  for (const Sweep::Failure& failure : swept.failures)
    ADD_FAILURE() << failure.scenario << ", at \"> " << failure.command << "\", " << failure.boundary << ":\n"
                  << failure.difference;
}

std::vector<Script> script(const std::string& name) {
  return {read_script(SLIPWAY_TEST_DATA "/scenarios/" + name + ".txt")};
}

// Loses, with the daemon, what was under way.
class ForgetfulJournal final : public runner::Journal {
 public:
  explicit ForgetfulJournal(runner::Journal& journal) : journal_(journal) {}
  Status append(const runner::Transaction& transaction) override { return journal_.append(transaction); }
  Result<std::vector<runner::Recovered>> recover() override {
    auto recovered = journal_.recover();
    for (runner::Recovered& target : *recovered) target.open.clear();
    return recovered;
  }
  Status check() override { return journal_.check(); }

 private:
  runner::Journal& journal_;
};

TEST(CrashSweep, NoticesADaemonThatForgetsWhatWasUnderWay) {
  const Sweep swept = sweep(script("canary-steps"), {.driver = {}, .journal = [](runner::Journal& journal) {
                                                       return std::make_unique<ForgetfulJournal>(journal);
                                                     }});
  EXPECT_FALSE(swept.failures.empty());
}

// Takes everything for done that it is asked to look at.
class CredulousDriver final : public runner::Driver {
 public:
  explicit CredulousDriver(runner::Driver& driver) : driver_(driver) {}
  void observe(const core::Effect& effect, Seen seen) override {
    driver_.observe(effect, [seen = std::move(seen)](const std::optional<core::Outcome>& outcome) {
      seen(outcome.value_or(core::Outcome{}));
    });
  }
  void perform(const core::Effect& effect, Done done) override { driver_.perform(effect, std::move(done)); }

 private:
  runner::Driver& driver_;
};

TEST(CrashSweep, NoticesADaemonThatTakesForDoneWhatIsnt) {
  const Sweep swept =
      sweep(script("canary-steps"),
            {.driver = [](runner::Driver& driver) { return std::make_unique<CredulousDriver>(driver); }});
  EXPECT_FALSE(swept.failures.empty());
}

TEST(CrashSweep, NoticesAJudgesWordThatARestartForgets) {
  const Sweep swept = sweep(script("held-while-stable-breaks-the-limit-too"),
                            {.step = [](core::TargetState state, const core::Event& event, Time now) {
                              if (std::holds_alternative<core::WasAway>(event) && state.deployment)
                                state.deployment->verdict.reset();
                              return core::step(std::move(state), event, now);
                            }});
  EXPECT_FALSE(swept.failures.empty());
}

}  // namespace
}  // namespace slipway::scenario
