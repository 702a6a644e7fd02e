#include "cli/table.h"

#include <algorithm>

namespace slipway::cli {

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = std::min(text.find('m', i), text.size());
    else if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80)
      ++columns;
  }
  return columns;
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t taken = width(text);
  if (taken < columns) text.append(columns - taken, ' ');
  return text;
}

std::string right(std::string text, std::size_t columns) {
  const std::size_t taken = width(text);
  if (taken < columns) text.insert(0, columns - taken, ' ');
  return text;
}

std::string cut(std::string_view line, std::size_t columns) {
  if (width(line) <= columns) return std::string(line);
  std::string text;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '\x1b') {
      const std::size_t end = std::min(line.find('m', i), line.size() - 1) + 1;
      text += line.substr(i, end - i);
      i = end;
      continue;
    }
    if (taken++ == columns) break;
    do text += line[i++];
    while (i < line.size() && (static_cast<unsigned char>(line[i]) & 0xC0) == 0x80);
  }
  if (text.find('\x1b') != std::string::npos) text += "\x1b[0m";
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += padded(row[i], widths[i]) + "  ";
    while (line.ends_with(' ')) line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean)
    if ((c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == 0x7f) c = '?';
  return clean;
}

}  // namespace slipway::cli
