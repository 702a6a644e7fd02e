#include "cli/screen.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <vector>

#include "cli/table.h"

namespace slipway::cli {
namespace {

constexpr std::string_view clear_all = "\x1b[H\x1b[2J", home = "\x1b[H";
constexpr std::string_view clear_line = "\x1b[K", clear_below = "\x1b[J";
constexpr std::string_view hide_cursor = "\x1b[?25l", show_cursor = "\x1b[?25h";

}  // namespace

Size size_of(int terminal) {
  winsize seen{};
  if (::ioctl(terminal, TIOCGWINSZ, &seen) != 0 || seen.ws_col == 0 || seen.ws_row == 0) return {100, 40};
  return {seen.ws_col, seen.ws_row};
}

Screen::Screen(int fd, Writer& out) : fd_(fd), out_(out) {
  out_.write(std::string(hide_cursor) + std::string(clear_all));
}

Screen::~Screen() {
  out_.write("\n" + std::string(show_cursor));
}

void Screen::draw(std::string_view lines, std::string_view footer) {
  const Size size = this->size();
  std::vector<std::string> shown = lines_of(lines);
  const std::size_t room = size.rows > 2 ? size.rows - 2 : 1;  // the footer, and where the cursor goes
  if (shown.size() < room) shown.emplace_back();
  if (shown.size() > room) shown.resize(room);
  std::string frame(home);
  for (const std::string& line : shown) {
    frame += cut(line, size.columns);
    frame += clear_line;
    frame += "\r\n";
  }
  frame += cut(footer, size.columns);
  frame += clear_line;
  frame += clear_below;
  out_.write(frame);
}

}  // namespace slipway::cli
