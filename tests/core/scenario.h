#pragma once

#include <string>
#include <vector>

#include "core/step.h"

namespace slipway::core {

// One target whose world does what a script says, a command a line. What the core decides comes back as text.
class Scenario {
 public:
  std::string run(const std::string& command);

 private:
  void deliver(const Event& event);
  void deploy(const std::vector<std::string>& words);
  void rollback(const std::vector<std::string>& words);
  void answer(const std::vector<std::string>& words);
  void verdict(const std::vector<std::string>& words);
  void observe(const std::string& what, const std::vector<std::string>& words);
  void all_goes_well();
  void pass(Duration time);
  void status();
  void print(const std::string& line) { output_ += line + "\n"; }

  TargetState state_{.target = {"shop", "production"}};
  Time now_{Duration{1'800'000'000'000}};
  std::vector<Effect> open_;
  std::vector<Request> releases_;
  bool quiet_ = false;
  std::string output_;
};

}  // namespace slipway::core
