#include <algorithm>
#include <array>

#include "calendar/schedule.h"

namespace slipway::calendar {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
         (text.size() == 1 || text.front() != '0');
}

// Dot-separated identifiers of letters, digits and hyphens; a number among them has no leading zero where
// `strict`.
bool are_identifiers(std::string_view text, bool strict) {
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view word = text.substr(0, dot);
    const auto fits = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    if (word.empty() || !std::ranges::all_of(word, fits)) return false;
    const bool digits = std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
    if (strict && digits && word.size() > 1 && word.front() == '0') return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::optional<std::array<std::string_view, 3>> parts(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  if (const std::size_t plus = version.find('+'); plus != std::string_view::npos) {
    if (!are_identifiers(version.substr(plus + 1), false)) return std::nullopt;
    version = version.substr(0, plus);
  }
  if (const std::size_t hyphen = version.find('-'); hyphen != std::string_view::npos) {
    if (!are_identifiers(version.substr(hyphen + 1), true)) return std::nullopt;
    version = version.substr(0, hyphen);
  }
  std::array<std::string_view, 3> numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t dot = i < 2 ? version.find('.') : version.size();
    if (dot == std::string_view::npos) return std::nullopt;
    numbers[i] = version.substr(0, dot);
    if (!is_number(numbers[i])) return std::nullopt;
    version.remove_prefix(std::min(dot + 1, version.size()));
  }
  return numbers;
}

}  // namespace

std::optional<ReleaseClass> release_class(std::string_view from, std::string_view to) {
  const auto before = parts(from), after = parts(to);
  if (!before || !after) return std::nullopt;
  if ((*before)[0] != (*after)[0]) return ReleaseClass::major;
  if ((*before)[1] != (*after)[1]) return ReleaseClass::minor;
  return ReleaseClass::patch;
}

}  // namespace slipway::calendar
