#include "judge/experience.h"

#include <algorithm>

#include "base/check.h"

namespace slipway::judge {
namespace {

Time second_of(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

void Betting::merge(const Betting& other) {
  requests += other.requests;
  errors += other.errors;
  sessions += other.sessions;
  times.merge(other.times);
  newest = std::max(newest, other.newest);
}

void Cell::merge(const Cell& other) {
  recorded += other.recorded;
  requests += other.requests;
  errors += other.errors;
  failures += other.failures;
  left += other.left;
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += other.by_class[i];
  if (other.first_error && (!first_error || *other.first_error < *first_error))
    first_error = other.first_error;
  times.merge(other.times);
  if (!other.betting) return;
  if (!betting) betting.emplace();
  for (const auto& [odds, its] : *other.betting) (*betting)[odds].merge(its);
}

void Experience::add(Time second, int instance, const Cell& cell) {
  seconds_[second_of(second)].cells[instance].merge(cell);
}

void Experience::observe(Time at, int healthy, int instances) {
  CHECK(healthy >= 0 && healthy <= instances);
  if (instances == 0) return;
  seconds_[second_of(at)].healthy = static_cast<double>(healthy) / instances;
}

void Experience::condense_before(Time time) {
  const auto kept = seconds_.lower_bound(second_of(time));
  for (auto second = seconds_.begin(); second != kept; ++second)
    for (const auto& [instance, cell] : second->second.cells)
      minutes_[std::chrono::floor<std::chrono::minutes>(second->first)].merge(cell);
  seconds_.erase(seconds_.begin(), kept);
}

void Experience::forget_before(Time time) {
  seconds_.erase(seconds_.begin(), seconds_.lower_bound(second_of(time)));
  minutes_.erase(minutes_.begin(), minutes_.lower_bound(std::chrono::floor<std::chrono::minutes>(time)));
}

const std::map<int, Cell>* Experience::in(Time second) const {
  const auto found = seconds_.find(second_of(second));
  return found == seconds_.end() ? nullptr : &found->second.cells;
}

Cell Experience::sum(Time from, Time to) const {
  Cell sum;
  for (auto minute = minutes_.lower_bound(from);
       minute != minutes_.end() && minute->first + std::chrono::minutes(1) <= to; ++minute)
    sum.merge(minute->second);
  for (auto second = seconds_.lower_bound(from); second != seconds_.end() && second->first < to; ++second)
    for (const auto& [instance, cell] : second->second.cells) sum.merge(cell);
  return sum;
}

Cell Experience::of_instance(int instance, Time from, Time to) const {
  Cell sum;
  for (auto second = seconds_.lower_bound(from); second != seconds_.end() && second->first < to; ++second)
    if (const auto cell = second->second.cells.find(instance); cell != second->second.cells.end())
      sum.merge(cell->second);
  return sum;
}

Experience::Health Experience::health(Time from, Time to) const {
  Health health;
  for (auto second = seconds_.lower_bound(from); second != seconds_.end() && second->first < to; ++second) {
    if (!second->second.healthy) continue;
    health.lowest = std::min(health.lowest, *second->second.healthy);
    health.highest = std::max(health.highest, *second->second.healthy);
    ++health.seconds;
  }
  return health;
}

}  // namespace slipway::judge
