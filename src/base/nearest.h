#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace slipway {

// The name that a slip of the fingers most likely meant: fewest letters inserted, dropped, changed or
// swapped, whatever their case. Nothing where none is near enough to be worth suggesting; the first of
// equals.
std::optional<std::string> nearest(std::string_view wrong, std::span<const std::string> names);

}  // namespace slipway
