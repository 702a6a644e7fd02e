#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "switches.h"

namespace shop {

struct Request {
  std::string_view method, path, query;
  std::string_view websocket_key;  // empty: no upgrade is asked for
  bool keep_alive = true;
  bool old_http = false;  // 1.0
};

struct Answer {
  std::string head_and_body;
  std::chrono::milliseconds delay{0};
  int chunks = 0;  // of 100 ms each, to follow
  bool closes = false;
  bool becomes_websocket = false;
};

// Takes one whole request off the front of `in`: its length, or nothing while more must come. `status`
// becomes an HTTP status when it can't be understood. Views point into `in`.
std::optional<std::size_t> read_request(std::string_view in, Request& request, int& status);

// Knows the shop's pages and which faults to inject into them.
class Answers {
 public:
  explicit Answers(const Switches& switches) : switches_(switches), random_(std::random_device{}()) {}

  Answer to(const Request& request);
  static Answer refusal(int status);

 private:
  const Switches& switches_;
  double draw();  // 0 … 1
  std::mt19937 random_;
};

std::string chunk(int number, int of);  // the last one ends the response

}  // namespace shop
