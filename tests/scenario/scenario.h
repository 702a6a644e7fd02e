#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenario/daemon.h"

namespace slipway::scenario {

// One target whose world does what a script says, a command a line. What the core decides comes back as text.
inline constexpr Duration answer_takes{10};  // where all goes well

class Scenario {
 public:
  // Nothing goes wrong but what the script says.
  Scenario();
  Scenario(Crashes crashes, Interference interference, People people);

  std::string run(const std::string& command);
  const Crashes& crashes() const { return daemon_.crashes(); }
  Json ending() const;

 private:
  void deploy(const std::vector<std::string>& words);
  void rollback(const std::vector<std::string>& words);
  void answer(const std::vector<std::string>& words);
  void answer(const core::Effect& effect, core::Outcome::Status status, const std::string& message);
  void look_at(core::Outcome& outcome);
  void verdict(const std::vector<std::string>& words);
  void observe(const std::string& what, const std::vector<std::string>& words);
  void all_goes_well();
  void pass(Duration time);
  void print(const runner::Transaction& transaction);
  void print(const std::string& line) { output_ += line + "\n"; }
  const core::TargetState& state() const { return daemon_.state(); }

  std::vector<core::Request> releases_;
  std::optional<Duration> retry_after_;  // what the answer that is being given asks for
  bool unchecked_ = false;               // of the next routing that is answered
  bool quiet_ = false;
  std::string output_;
  Daemon daemon_;
  const Time begin_ = daemon_.now;
};

}  // namespace slipway::scenario
