#include "cli/glyphs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace slipway::cli {
namespace {

constexpr std::array<std::string_view, 8> heights{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

constexpr std::array<std::pair<std::string_view, char>, 23> in_ascii{{
    {"▁", '_'}, {"▂", '.'}, {"▃", ','}, {"▄", '-'}, {"▅", '='}, {"▆", '+'},  {"▇", '*'}, {"█", '#'},
    {"░", '.'}, {"▒", '#'}, {"›", '>'}, {"→", '>'}, {"├", '|'}, {"└", '`'},  {"│", '|'}, {"─", '-'},
    {"×", 'x'}, {"…", '~'}, {"–", '-'}, {"·", '.'}, {"≥", '>'}, {"’", '\''}, {"✓", '+'},
}};

bool goes_on(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

Glyphs glyphs_of(const std::map<std::string, std::string>& environment) {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const auto found = environment.find(variable);
    if (found == environment.end() || found->second.empty()) continue;
    std::string locale;
    for (const char c : found->second)
      if (c != '-') locale += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return locale.find("utf8") != std::string::npos ? Glyphs::utf8 : Glyphs::ascii;
  }
  return Glyphs::ascii;
}

std::string with_glyphs(std::string_view text, Glyphs glyphs) {
  if (glyphs == Glyphs::utf8) return std::string(text);
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t size = 1;
    while (i + size < text.size() && goes_on(text[i + size])) ++size;
    const std::string_view sign = text.substr(i, size);
    const auto* const known = std::ranges::find(in_ascii, sign, &std::pair<std::string_view, char>::first);
    if (size == 1 && static_cast<unsigned char>(sign[0]) < 0x80)
      plain += sign;
    else
      plain += known != in_ascii.end() ? known->second : '?';
    i += size;
  }
  return plain;
}

std::string sparkline(std::span<const double> values, double most) {
  std::string text;
  for (const double value : values) {
    if (std::isnan(value)) {
      text += ' ';
      continue;
    }
    const double share = most > 0 ? std::clamp(value / most, 0.0, 1.0) : 0.0;
    text += heights[static_cast<std::size_t>(std::ceil(share * (heights.size() - 1)))];
  }
  return text;
}

std::string bar(double share) {
  constexpr int cells = 30;
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * cells);
  std::string text;
  for (int i = 0; i < cells; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace slipway::cli
