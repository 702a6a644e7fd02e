#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "calendar/resolve.h"

// What rules mean, once more and in another way: by the clock on the wall as the C library has it, and by
// counting days. In seconds since 1970, UTC or local.
namespace slipway::calendar {

// Ascending, none touches another.
struct Span {
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool operator==(const Span&) const = default;
};
using Spans = std::vector<Span>;

Spans united(Spans spans);
Spans without(const Spans& spans, const Spans& others);

class Wall {
 public:
  // Its offsets in [from, until).
  Wall(const std::string& zone, std::int64_t from, std::int64_t until);
  // When it first shows `local`, or what comes after that where it is skipped.
  std::int64_t begins(std::int64_t local) const;
  // Just after it last shows something earlier.
  std::int64_t ends(std::int64_t local) const;

 private:
  struct Stretch {
    Span span;
    std::int64_t offset = 0;
  };
  std::vector<Stretch> stretches_;
};

class Model {
 public:
  Model(const Rules& rules, const std::optional<Turn>& turn, Span span);
  // When it is open, in `span`.
  Spans open() const;

 private:
  const Wall& wall(const std::string& zone) const;
  Spans closed() const;

  Rules rules_;
  std::optional<Turn> turn_;
  Span span_;
  mutable std::map<std::string, Wall> walls_;
};

inline constexpr std::int64_t seconds_per_day = 86'400;

// Days are counted from 1970-01-01.
std::int64_t day_number(std::int64_t year, int month, int day);

}  // namespace slipway::calendar
