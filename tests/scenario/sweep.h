#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenario/daemon.h"

namespace slipway::scenario {

// The scenarios' files, sorted.
std::vector<std::filesystem::path> scenario_files();

// A scenario's commands.
struct Script {
  std::string name;
  std::vector<std::string> commands;
};
Script read_script(const std::filesystem::path& file);

// What came of playing scenarios with a crash, or several in a row, at each of their boundaries.
struct Sweep {
  int scenarios = 0;
  int boundaries = 0;  // of lives without a crash
  int runs = 0;
  int crashes = 0;
  int asleep = 0;  // ended as the scenario does where the daemon slept and was started again (see sweep.cc)
  struct Failure {
    std::string scenario;
    std::string command;  // during which the daemon died first
    std::string boundary;
    std::string difference;
  };
  std::vector<Failure> failures;
};

// Plays each script once as it is, and then:
// - with a crash at each boundary, of people who look what became of their command and of people who ask
// again;
// - with that crash and another at each boundary that the next life passes until it has been told all;
// - with that crash and two more at the next boundaries that are reached, whichever they are;
// - with a crash at every boundary.
Sweep sweep(const std::vector<Script>& scripts, const Interference& interference);

}  // namespace slipway::scenario
