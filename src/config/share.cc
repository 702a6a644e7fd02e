#include "config/share.h"

#include <algorithm>

namespace slipway::config {
namespace {

constexpr std::size_t most_digits = 9;  // in front of the point: it stays far from overflowing
constexpr std::size_t decimals = 4;

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::int64_t> parse_share(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view rest = point < text.size() ? text.substr(point + 1) : "0";
  if (!is_number(whole) || whole.size() > most_digits) return std::nullopt;
  if (!is_number(rest) || rest.size() > decimals) return std::nullopt;
  std::int64_t parts = 0;
  for (const char digit : whole) parts = parts * 10 + (digit - '0');
  for (std::size_t i = 0; i < decimals; ++i) parts = parts * 10 + (i < rest.size() ? rest[i] - '0' : 0);
  return parts;
}

}  // namespace slipway::config
