#include <fmt/format.h>

#include <algorithm>

#include "config/config.h"
#include "config/source.h"

namespace slipway::config {
namespace {

constexpr int longest_excerpt = 100;  // characters

std::string_view skip(std::string_view text, int count) {
  while (count-- > 0 && !text.empty()) {
    text.remove_prefix(1);
    while (!text.empty() && (static_cast<unsigned char>(text.front()) & 0xC0U) == 0x80U)
      text.remove_prefix(1);
  }
  return text;
}

std::string_view first(std::string_view text, int count) {
  return text.substr(0, text.size() - skip(text, count).size());
}

// One character for each of the line's, fit for a terminal.
std::string drawable(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    const std::size_t size = character_size(line);
    const auto character = static_cast<unsigned char>(line.front());
    if (size == 0)
      out += "\uFFFD";
    else if (character < 0x20 || character == 0x7F)
      out += ' ';
    else
      out += line.substr(0, size);
    line.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

// The line, or the part of a very long one that holds the problem, with the underline below.
std::string excerpt(const Problem& problem, std::string_view line) {
  int column = problem.column;
  std::string shown;
  const int length = characters(line);
  if (length <= longest_excerpt) {
    shown = drawable(line);
  } else {
    const int from = std::clamp(problem.column - longest_excerpt / 2, 0, length - longest_excerpt);
    shown = fmt::format("{}{}{}", from > 0 ? "…" : "", drawable(first(skip(line, from), longest_excerpt)),
                        from + longest_excerpt < length ? "…" : "");
    column = problem.column - from + (from > 0 ? 1 : 0);
  }
  const int width = std::clamp(problem.width, 1, std::max(1, characters(shown) - column + 1));
  return fmt::format("{:>5} | {}\n      | {}{} {}\n", problem.line, shown,
                     std::string(static_cast<std::size_t>(std::max(0, column - 1)), ' '),
                     std::string(static_cast<std::size_t>(width), '^'), problem.hint);
}

}  // namespace

std::string render(const std::vector<Problem>& problems, std::string_view text, std::string_view file) {
  if (problems.empty()) return {};
  const Source source(text);
  std::string out;
  for (const Problem& problem : problems) {
    out += fmt::format("{}:{}:{}: {}\n", file, problem.line, problem.column, problem.message);
    if (!problem.hint.empty()) out += excerpt(problem, source.line(problem.line));
  }
  return out + fmt::format("{} {}", problems.size(), problems.size() == 1 ? "error" : "errors");
}

}  // namespace slipway::config
