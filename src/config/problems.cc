#include "config/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace slipway::config {
namespace {

constexpr std::size_t most_values = 20'000;
constexpr std::size_t most_shown = 200;  // nobody reads further, and each costs an excerpt

// What came from the file may hold anything, and goes to a terminal.
std::string printable(std::string_view text) {
  constexpr std::size_t most_bytes = 400;
  std::string out;
  while (!text.empty() && out.size() < most_bytes) {
    const std::size_t size = character_size(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = first < 0x20 || first == 0x7F;
    if (size == 0 || control)
      out += "?";
    else
      out += text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return text.empty() ? out : out + "…";
}

}  // namespace

void Problems::report(Place place, std::string_view message, std::string_view hint) {
  problems_.push_back({place.line, place.column, place.width, printable(message), printable(hint)});
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
  // A node met through several aliases is wrong once.
  std::set<std::tuple<int, int, std::string>> seen;
  std::erase_if(problems_, [&](const Problem& problem) {
    return !seen.emplace(problem.line, problem.column, problem.message).second;
  });
  // What stands at one place stays in the order in which it was found.
  std::multimap<std::pair<int, int>, Problem> ordered;
  for (Problem& problem : problems_)
    ordered.emplace(std::pair(problem.line, problem.column), std::move(problem));
  problems_.clear();
  for (auto& [place, problem] : ordered) problems_.push_back(std::move(problem));
  if (problems_.size() > most_shown) {
    const std::size_t hidden = problems_.size() - most_shown;
    problems_.resize(most_shown);
    const Problem& last = problems_.back();
    problems_.push_back({last.line, last.column, 1, fmt::format("{} more errors are not shown", hidden), ""});
  }
  return std::move(problems_);
}

}  // namespace slipway::config
