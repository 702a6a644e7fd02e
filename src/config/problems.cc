#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace slipway::config {
namespace {

constexpr std::size_t most_values = 20'000;
constexpr std::size_t most_shown = 200;  // nobody reads further, and each costs an excerpt

auto order(const Problem& problem) {
  return std::tie(problem.line, problem.column, problem.message, problem.hint);
}

}  // namespace

void Problems::report(Place place, std::string message, std::string hint) {
  problems_.push_back({place.line, place.column, place.width, std::move(message), std::move(hint)});
}

bool Problems::may_visit(std::size_t count, Place place) {
  if (visited_ > most_values) return false;
  visited_ += count;
  if (visited_ <= most_values) return true;
  report(place, "the file holds more than 20,000 values, aliases followed", "write less of it");
  return false;
}

bool Problems::enough() const {
  return problems_.size() > most_shown;
}

std::vector<Problem> Problems::take() && {
  std::ranges::sort(problems_, [](const Problem& a, const Problem& b) { return order(a) < order(b); });
  // A node met through several aliases is wrong once.
  const auto repeated =
      std::ranges::unique(problems_, [](const Problem& a, const Problem& b) { return order(a) == order(b); });
  problems_.erase(repeated.begin(), repeated.end());
  if (problems_.size() > most_shown) {
    const std::size_t hidden = problems_.size() - most_shown;
    problems_.resize(most_shown);
    const Problem& last = problems_.back();
    problems_.push_back({last.line, last.column, 1, fmt::format("{} more errors are not shown", hidden), ""});
  }
  return std::move(problems_);
}

}  // namespace slipway::config
