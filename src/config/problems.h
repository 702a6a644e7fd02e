#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/source.h"

namespace slipway::config {

// Collects what is wrong, and bounds the work: aliases can make a short text mean millions of values.
class Problems {
 public:
  void report(Place place, std::string_view message, std::string_view hint = "");

  // To be asked before `count` values are read; false when there are more than any configuration needs.
  bool may_visit(std::size_t count, Place place);

  bool empty() const { return problems_.empty(); }
  std::size_t count() const { return problems_.size(); }

  // More than anybody will read: what costs much to find needn't be looked for.
  bool enough() const;

  // In the order of the text, each once.
  std::vector<Problem> take() &&;

 private:
  std::vector<Problem> problems_;
  std::size_t visited_ = 0;
};

}  // namespace slipway::config
