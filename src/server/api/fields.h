#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace slipway::server {

// The body of a call: one JSON object, of which only known keys are taken. Every error is an invalid_input
// that names the key, says what was found and what is expected. A key with null counts as missing.
class Fields {
 public:
  // An empty body is an empty object.
  static Result<Fields> read(const std::string& body, std::initializer_list<std::string_view> known);

  Result<std::string> text(std::string_view key) const;  // must be there, and not empty
  Result<std::optional<std::string>> maybe_text(std::string_view key) const;
  Result<std::optional<int>> maybe_number(std::string_view key) const;  // 1 or more
  Result<bool> flag(std::string_view key) const;                        // false where missing

  // One line for people, 1000 bytes at most; empty where missing.
  Result<std::string> line(std::string_view key) const;

  // A list of lines, 100 at most; empty where missing.
  Result<std::vector<std::string>> lines(std::string_view key) const;

 private:
  explicit Fields(Json object) : object_(std::move(object)) {}
  const Json* find(std::string_view key) const;
  Json object_;
};

}  // namespace slipway::server
