#pragma once

#include "config/section.h"
#include "config/variables.h"
#include "core/service.h"

namespace slipway::config {

// The section `run`, with the places that references are checked by.
struct ReadRun {
  core::Run run;
  std::vector<Word> command;
  Variables variables;
};

ReadRun read_run(const Field& field, Problems& problems);

constexpr int most_instances = 1000;

}  // namespace slipway::config
