#pragma once

#include <cstdint>

#include "judge/experience.h"

// What the tests of the judge let users experience.
namespace slipway::judge {

using std::chrono::seconds;

// The beginning of a second, in 2026.
inline constexpr Time start{Duration(1'790'000'000'000)};

inline Time at(std::int64_t second) {
  return start + seconds(second);
}

// So many requests, the errors among them asked in the middle of their second.
inline void ask(Experience& experience, std::int64_t second, std::int64_t requests, std::int64_t errors = 0,
                Duration took = Duration(40), int instance = 1) {
  Cell cell;
  cell.recorded = requests;
  cell.requests = requests;
  cell.errors = errors;
  cell.by_class[2] = requests - errors;
  cell.by_class[5] = errors;
  if (errors > 0) cell.first_error = at(second) + Duration(500);
  if (requests > 0) cell.times.add(took, requests);
  experience.add(at(second), instance, cell);
}

// The same in each second of [from, to).
inline void ask_each_second(Experience& experience, std::int64_t from, std::int64_t to, std::int64_t requests,
                            std::int64_t errors = 0, Duration took = Duration(40)) {
  for (std::int64_t second = from; second < to; ++second) ask(experience, second, requests, errors, took);
}

inline void observe_each_second(Experience& experience, std::int64_t from, std::int64_t to, int healthy,
                                int instances) {
  for (std::int64_t second = from; second < to; ++second) experience.observe(at(second), healthy, instances);
}

}  // namespace slipway::judge
