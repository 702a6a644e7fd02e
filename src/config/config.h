#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/service.h"

// slipway.yaml → core::Service: every error at once, each with its place and how to mend it.
namespace slipway::config {

struct Problem {
  int line = 0;    // from 1
  int column = 0;  // from 1
  int width = 1;   // characters to underline
  std::string message;
  std::string hint;  // how to mend it, to be printed beside the underline; may be empty
};

struct Parsed {
  core::Service service;          // to be used only without problems
  std::vector<Problem> problems;  // in the order of lines
};

// Takes any bytes whatever, and never throws.
Parsed parse(std::string_view text);

// "slipway.yaml:31:14: …" for each, with the line and an underline where there is a hint, then "2 errors";
// nothing where there are none.
std::string render(const std::vector<Problem>& problems, std::string_view text, std::string_view file);

// All problems as one invalid_input, for the API.
Result<core::Service> read(std::string_view text, std::string_view file);

// What `slipway init` writes: every supported section, with comments.
std::string starter(std::string_view service);

}  // namespace slipway::config
