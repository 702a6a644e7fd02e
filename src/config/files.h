#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "config/config.h"
#include "config/problems.h"
#include "config/section.h"

namespace slipway::config {

// The files that one configuration names, and where it does.
class Files {
 public:
  explicit Files(const ReadFile& read) : read_(read) {}

  // The text of the file, which is reported where it can't be had.
  std::optional<std::string> text_of(const Word& name, std::string_view key, Problems& problems);

  bool empty() const { return named_.empty(); }
  Place first() const { return named_.begin()->second.place; }

  // The text with {file: NAME, text: …} in place of each name.
  std::string put_into(std::string_view text) const;

 private:
  struct Named {
    Place place;
    std::string file, text;
  };
  const ReadFile& read_;
  std::map<std::pair<int, int>, Named> named_;  // by line and column: an alias is met more than once
};

}  // namespace slipway::config
