#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

// Columns on a terminal that the text takes: its code points, colours not counted.
std::size_t width(std::string_view text);

std::string padded(std::string text, std::size_t columns);

std::string right(std::string text, std::size_t columns);  // aligned to it

// As much of the line as fits; colours end where it was cut.
std::string cut(std::string_view line, std::size_t columns);

// A line that is wider, told in three at most: broken at blanks, what goes on indented. The third takes what
// is left, however much. Nothing that stands within the indentation is torn from what follows it.
std::string folded(std::string_view line, std::size_t columns, std::string_view indent);

// The same in as many lines as it takes.
std::string wrapped(std::string_view line, std::size_t columns, std::string_view indent);

// The lines of a text, each with its end, folded.
std::string folded_lines(std::string_view text, std::size_t columns, std::string_view indent);

// The lines of a text, without their ends.
std::vector<std::string> lines_of(std::string_view text);

// A line for each row; columns two blanks apart, as wide as their widest cell, the last one as it is. The
// first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

// What others wrote, fit for a terminal: control characters, escape sequences with them, become "?".
std::string printable(std::string_view text);

}  // namespace slipway::cli
