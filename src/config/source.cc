#include "config/source.h"

#include <algorithm>

namespace slipway::config {
namespace {

std::size_t quoted_size(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
      continue;
    }
    if (text[i] != quote) continue;
    if (quote == '\'' && i + 1 < text.size() && text[i + 1] == quote) {
      ++i;
      continue;
    }
    return i + 1;
  }
  return text.size();
}

std::size_t written_size(std::string_view text, std::string_view value) {
  if (text.empty()) return 1;
  if (text.front() == '"' || text.front() == '\'') return quoted_size(text);
  if (!value.empty() && text.starts_with(value)) return value.size();
  if (value.empty() || text.front() == '|' || text.front() == '>') return 1;
  const std::size_t end = std::min(text.find(" #"), text.size());
  return text.substr(0, end).find_last_not_of(" \t") + 1;
}

// How far into the text the value itself begins, behind its tag and anchor.
std::size_t properties_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
    const std::size_t end = text.find_first_of(" \t", at);
    const std::size_t next = end == std::string_view::npos ? end : text.find_first_not_of(" \t", end);
    if (next == std::string_view::npos) return 0;
    at = next;
  }
  return at;
}

}  // namespace

Source::Source(std::string_view text) : text_(without_mark(text)) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i)
    if (text_[i] == '\n' && i + 1 < text_.size()) starts_.push_back(i + 1);
}

std::string_view Source::line(int number) const {
  if (number < 1 || number > lines()) return {};
  const auto index = static_cast<std::size_t>(number - 1);
  const std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] : text_.size();
  std::string_view line = text_.substr(starts_[index], end - starts_[index]);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Place Source::place_of(int line_from_0, int byte, std::string_view value) {
  // Some of the parser's marks stand behind the last line: the end of the text is meant.
  const int number = std::clamp(line_from_0 + 1, 1, lines());
  const std::string_view whole = line(number);
  std::size_t at = number == line_from_0 + 1 ? static_cast<std::size_t>(std::max(byte, 0)) : whole.size();
  at = std::min(at, whole.size());
  at += properties_size(whole.substr(at));
  const std::size_t size = std::max<std::size_t>(1, written_size(whole.substr(at), value));
  return {number, characters_before(number, at) + 1, std::max(1, characters(whole.substr(at, size)))};
}

int Source::characters_before(int number, std::size_t byte) {
  if (number != counted_line_ || byte < counted_bytes_) {
    counted_line_ = number;
    counted_bytes_ = 0;
    counted_ = 0;
  }
  counted_ += characters(line(number).substr(counted_bytes_, byte - counted_bytes_));
  counted_bytes_ = byte;
  return counted_;
}

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

int characters(std::string_view text) {
  return static_cast<int>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  return text;
}

}  // namespace slipway::config
