#include "config/encoding.h"

#include <fmt/format.h>

namespace slipway::config {
namespace {

constexpr std::size_t most_bytes = 1U << 20U;

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
