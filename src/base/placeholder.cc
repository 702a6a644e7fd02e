#include "base/placeholder.h"

#include <algorithm>

namespace slipway {
namespace {

constexpr std::size_t longest_shown = 60;

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_name_part(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

void append(std::vector<TextPiece>& pieces, std::string_view literal) {
  if (literal.empty()) return;
  if (pieces.empty() || pieces.back().kind != TextPiece::Kind::literal)
    pieces.push_back({TextPiece::Kind::literal, ""});
  pieces.back().text += literal;
}

// Text begins with "${" and isn't a reference: how much of it to show, on one line.
std::size_t malformed_size(std::string_view text) {
  const std::size_t end = text.substr(0, longest_shown).find_first_of("}\r\n");
  return end == std::string_view::npos || text[end] != '}' ? 2 : end + 1;
}

}  // namespace

bool is_variable_name(std::string_view text) {
  return !text.empty() && is_name_start(text.front()) && std::ranges::all_of(text, is_name_part);
}

std::vector<TextPiece> pieces_of(std::string_view text) {
  std::vector<TextPiece> pieces;
  while (true) {
    const std::size_t dollar = text.find('$');
    append(pieces, text.substr(0, dollar));
    if (dollar == std::string_view::npos) return pieces;
    text.remove_prefix(dollar);
    if (!text.starts_with("${")) {
      append(pieces, "$");
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
      continue;
    }
    // Only as far as a name reaches: looking for each "}" to the end would take the square of the time.
    const auto stop = std::find_if_not(text.begin() + 2, text.end(), is_name_part);
    const std::string_view name(text.begin() + 2, stop);
    if (stop != text.end() && *stop == '}' && is_variable_name(name)) {
      pieces.push_back({TextPiece::Kind::reference, std::string(name)});
      text.remove_prefix(name.size() + 3);
    } else {
      const std::size_t size = malformed_size(text);
      pieces.push_back({TextPiece::Kind::malformed, std::string(text.substr(0, size))});
      text.remove_prefix(size);
    }
  }
}

}  // namespace slipway
