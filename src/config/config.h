#pragma once

#include <functional>
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
  std::string whole;  // the text with the files that it names put in; empty where there are problems
};

// What is in a file, by the name that the configuration gives it: relative to where that is.
using ReadFile = std::function<Result<std::string>(const std::string& name)>;

// Takes any bytes whatever, and never throws. The files that the text names are read by `read`; without it,
// as in the daemon, they must have been put in: `whole` is such a text, and means the same.
Parsed parse(std::string_view text, const ReadFile& read = {});

// "slipway.yaml:31:14: …" for each, with the line and an underline where there is a hint, then "2 errors";
// nothing where there are none.
std::string render(const std::vector<Problem>& problems, std::string_view text, std::string_view file);

// All problems as one invalid_input, for the API.
Result<core::Service> read(std::string_view text, std::string_view file);

// What `slipway init` writes: every supported section, with comments.
std::string starter(std::string_view service);

}  // namespace slipway::config
