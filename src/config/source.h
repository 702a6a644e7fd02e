#pragma once

#include <string_view>
#include <vector>

namespace slipway::config {

// Where something stands in the text, in characters as a person counts them.
struct Place {
  int line = 1;    // from 1
  int column = 1;  // from 1
  int width = 1;   // characters, on that line
};

// Knows the lines of a text in UTF-8. The text must outlive it.
class Source {
 public:
  explicit Source(std::string_view text);

  // Without its end; empty for a line that isn't there. From 1.
  std::string_view line(int number) const;
  int lines() const { return static_cast<int>(starts_.size()); }

  // The place of what begins `byte` bytes (from 0) into a line (from 0), as yaml-cpp counts. A value's tag
  // and anchor are stepped over, and its width is that of the text as written, on its first line.
  Place place_of(int line, int byte, std::string_view value);

 private:
  // Characters in front of a byte of a line.
  int characters_before(int line, std::size_t byte);

  std::string_view text_;
  std::vector<std::size_t> starts_;

  // The last answer of characters_before: places are asked for from left to right, and a line may be a
  // megabyte long.
  int counted_line_ = 0;
  std::size_t counted_bytes_ = 0;
  int counted_ = 0;
};

// The bytes of the character that a text begins with; 0 where that isn't UTF-8.
std::size_t character_size(std::string_view text);

// Characters in a piece of UTF-8.
int characters(std::string_view text);

// The text without a byte order mark.
std::string_view without_mark(std::string_view text);

}  // namespace slipway::config
