#pragma once

#include <string>
#include <string_view>

#include "cli/terminal.h"

namespace slipway::cli {

struct Size {
  std::size_t columns = 0, rows = 0;
};

Size size_of(int terminal);  // now; 100 × 40 where it doesn't know

// A terminal that is drawn again and again from its upper left corner. What was there is as it was last, and
// the cursor is back, when this ends.
class Screen {
 public:
  Screen(int fd, Writer& out);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  Size size() const { return size_of(fd_); }
  // As many of the lines as fit, cut at the right edge, the footer below them in any case.
  void draw(std::string_view lines, std::string_view footer);

 private:
  int fd_;
  Writer& out_;
};

}  // namespace slipway::cli
