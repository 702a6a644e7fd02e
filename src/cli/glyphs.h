#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace slipway::cli {

// The signs that whoever reads can see. Ours are UTF-8; each has one of ASCII, as wide as it.
enum class Glyphs { utf8, ascii };

// Of a terminal, by the locale's variables as they are.
Glyphs glyphs_of(const std::map<std::string, std::string>& environment);

// As it is, or with every sign beyond ASCII replaced: ours by theirs, others by "?".
std::string with_glyphs(std::string_view text, Glyphs glyphs);

// A column for each value, the highest at `most`; not a number is a blank, and what isn't 0 is seen.
// "▁▂▃▄▅▆▇█"
std::string sparkline(std::span<const double> values, double most);

// So much of the whole, 30 columns wide.
std::string bar(double share);

}  // namespace slipway::cli
