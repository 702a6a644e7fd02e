#include "cli/table.h"

#include <algorithm>

namespace slipway::cli {
namespace {

constexpr std::size_t most_cell_lines = 3;

// The blank to break the line at: the last one that leaves a line that fits, else the first one after that.
// One within the first columns is none.
std::size_t breaking_point(std::string_view line, std::size_t first, std::size_t columns) {
  std::size_t best = std::string_view::npos;
  for (std::size_t at = line.find(' '); at != std::string_view::npos; at = line.find(' ', at + 1)) {
    const std::size_t taken = width(line.substr(0, at));
    if (taken <= first) continue;
    if (taken > columns && best != std::string_view::npos) break;
    best = at;
    if (taken > columns) break;
  }
  return best;
}

std::string broken(std::string_view line, std::size_t columns, std::string_view indent, std::size_t most) {
  std::string text, rest(line);
  for (std::size_t lines = 1; lines < most && width(rest) > columns; ++lines) {
    const std::size_t at = breaking_point(rest, width(indent), columns);
    const std::size_t next = at == std::string::npos ? at : rest.find_first_not_of(' ', at);
    if (next == std::string::npos) break;
    text += rest.substr(0, rest.find_last_not_of(' ', at) + 1) + "\n";
    rest = std::string(indent) + rest.substr(next);
  }
  return text + rest;
}

}  // namespace

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

std::string folded(std::string_view line, std::size_t columns, std::string_view indent) {
  return broken(line, columns, indent, most_cell_lines);
}

std::string wrapped(std::string_view line, std::size_t columns, std::string_view indent) {
  return broken(line, columns, indent, line.size() + 1);
}

std::string folded_lines(std::string_view text, std::size_t columns, std::string_view indent) {
  std::string all;
  for (const std::string& line : lines_of(text)) all += folded(line, columns, indent) + "\n";
  return all;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
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
