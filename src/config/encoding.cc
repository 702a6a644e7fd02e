#include "config/encoding.h"

#include <fmt/format.h>

namespace slipway::config {
namespace {

constexpr std::size_t most_bytes = 1U << 20U;

// The bytes of the character that begins here; 0 where it isn't UTF-8.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    return first == 0xED && byte(1) > 0x9F ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    return first == 0xF4 && byte(1) > 0x8F ? 0 : 4;
  }
  return 0;
}

}  // namespace

void check_encoding(std::string_view text, Problems& problems) {
  if (text.size() > most_bytes) {
    problems.report({}, fmt::format("the file has {} bytes; 1 MiB is the most that is read", text.size()));
    return;
  }
  text = without_mark(text);
  Place place;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (size == 0) {
      problems.report(place, fmt::format("the file is not UTF-8: byte 0x{:02X}", first),
                      "save the file as UTF-8");
      return;
    }
    const bool control = first == 0x7F || (first < 0x20 && first != '\t' && first != '\n' && first != '\r');
    if (control) {
      problems.report(place, fmt::format("the file holds the control character 0x{:02X}", first),
                      "remove it");
      return;
    }
    ++place.column;
    if (first == '\n') place = {place.line + 1, 1, 1};
    text.remove_prefix(size);
  }
}

}  // namespace slipway::config
