#pragma once

#include <string>
#include <vector>

#include "cli/calendar_weeks.h"
#include "cli/terminal.h"

// The days of a calendar, seven beside each other, or one beneath the other where there is no room.
namespace slipway::cli {

// A letter for each reason why something is closed or open, in the order in which they appear.
class Marks {
 public:
  std::string of(const std::string& why);
  const std::vector<std::string>& all() const { return all_; }
  static std::string letter(std::size_t number);  // "A" … "Z", "AA" …

 private:
  std::vector<std::string> all_;
};

std::string week_lines(const DrawnCalendar& calendar, Time now, Marks& marks, const Paint& paint,
                       std::size_t columns);

// What the signs mean that are there: "[ ] today   14-16 open   · no window   times in Europe/Berlin".
std::string signs_line(const DrawnCalendar& calendar, Time now);

}  // namespace slipway::cli
