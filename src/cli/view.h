#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/time.h"
#include "cli/table.h"

namespace slipway::cli {

// What the daemon said, read without surprises: a member that is missing, or isn't what it should be, is
// empty. A newer or older daemon is shown as far as it can be.
class View {
 public:
  explicit View(const Json& json) : json_(&json) {}

  View operator[](const char* key) const {
    if (json_->is_object())
      if (const auto found = json_->find(key); found != json_->end()) return View(*found);
    static const Json nothing;
    return View(nothing);
  }
  explicit operator bool() const { return !json_->is_null(); }
  std::string text() const {
    return json_->is_string() ? printable(json_->get<std::string>()) : std::string();
  }
  std::int64_t number() const { return json_->is_number() ? json_->get<std::int64_t>() : 0; }
  std::optional<double> real() const {
    return json_->is_number() ? std::optional(json_->get<double>()) : std::nullopt;
  }
  bool yes() const { return json_->is_boolean() && json_->get<bool>(); }
  std::optional<Time> time() const {
    if (!json_->is_number()) return std::nullopt;
    return Time(Duration(json_->get<std::int64_t>()));
  }
  const Json& json() const { return *json_; }

  // The elements of an array; none of anything else.
  auto begin() const { return json_->is_array() ? json_->begin() : json_->end(); }
  auto end() const { return json_->end(); }
  std::size_t size() const { return json_->is_array() ? json_->size() : 0; }

 private:
  const Json* json_;
};

}  // namespace slipway::cli
