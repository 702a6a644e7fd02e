#pragma once

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway {

// "a", "a and b", "a, b and c"; empty for nothing.
std::string listed(const std::vector<std::string>& words);

// The name that a slip of the fingers most likely meant: fewest letters inserted, dropped, changed or
// swapped, whatever their case. Nothing where none is near enough to be worth suggesting; the first of
// equals.
std::optional<std::string> nearest(std::string_view wrong, std::span<const std::string> names);

// A whole decimal number and nothing else, such as "-12"; nullopt where it doesn't fit in `Number`.
template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace slipway
