#pragma once

#include <vector>

#include "calendar/schedule.h"
#include "cli/hours.h"

// What `slipway calendar` draws of an environment: its days, what is open and closed in each, and the days of
// the release schedule.
namespace slipway::cli {

// A part of a day, in the order of time.
struct Piece {
  enum class Kind { open, emergency, closed };
  Kind kind = Kind::open;
  Time from{}, to{};
  std::string why;  // of what isn't merely open
  bool operator==(const Piece&) const = default;
};

struct DrawnDay {
  calendar::Day day;
  Time from{}, to{};
  std::vector<Piece> pieces;                     // nothing: no window
  std::vector<calendar::ReleaseClass> releases;  // of which this is a day by the schedule
};

// A class of the release schedule.
struct DrawnClass {
  calendar::ReleaseClass of;
  std::optional<calendar::Turn> turn;
  std::vector<Time> days;    // the beginnings of its slots within what is drawn; only where it has days
  std::optional<Time> next;  // nothing: not known, or it has no days of its own
};

struct DrawnCalendar {
  std::string environment;
  Hours hours;
  Opening opening;
  std::vector<DrawnDay> days;  // from a Monday on, whole weeks
  std::vector<DrawnClass> classes;
};

struct Weeks {
  std::optional<calendar::Day> from;  // nothing: today
  int count = 5;
};

Result<DrawnCalendar> draw(const std::string& environment, const core::Gates& gates, View target, Time now,
                           const Weeks& weeks);

}  // namespace slipway::cli
