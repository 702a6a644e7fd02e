#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "config/gates.h"

// Which environment comes before which: an order, so never a circle.
namespace slipway::config {
namespace {

class Order {
 public:
  explicit Order(Problems& problems) : problems_(problems) {}

  // `earlier` comes before `later`, as `key` at this place says.
  void add(const std::string& earlier, const std::string& later, std::string_view key, Place place) {
    std::vector<std::string> way = from(later, earlier);
    if (way.empty()) {
      next_[earlier].insert(later);
      return;
    }
    way.push_back(later);
    problems_.report(place, fmt::format("{}: this makes a circle: {}", key, fmt::join(way, ", then ")),
                     "no environment can come before itself: remove one of them");
  }

 private:
  // The way from one to another, both included; empty where there is none.
  std::vector<std::string> from(const std::string& start, const std::string& end) const {
    std::map<std::string, std::string> came_from{{start, ""}};
    std::vector<std::string> open{start};
    while (!open.empty() && !came_from.contains(end)) {
      const std::string at = open.back();
      open.pop_back();
      const auto next = next_.find(at);
      if (next == next_.end()) continue;
      for (const std::string& one : next->second)
        if (came_from.emplace(one, at).second) open.push_back(one);
    }
    std::vector<std::string> way;
    if (!came_from.contains(end)) return way;
    for (std::string at = end; !at.empty(); at = came_from.at(at)) way.insert(way.begin(), at);
    return way;
  }

  Problems& problems_;
  std::map<std::string, std::set<std::string>> next_;
};

// Whether it is another of these environments.
bool check_known(const Word& name, std::string_view key, const std::string& environment,
                 const std::vector<std::string>& known, Problems& problems) {
  if (name.text == environment) {
    problems.report(name.place, fmt::format("{}: {} names itself", key, environment), "remove it");
    return false;
  }
  if (std::ranges::find(known, name.text) != known.end()) return true;
  const std::string message = fmt::format("{}: there is no environment \"{}\"", key, name.text);
  if (const auto meant = nearest(name.text, known))
    problems.report(name.place, fmt::format("{}; did you mean \"{}\"?", message, *meant));
  else
    problems.report(name.place, message, fmt::format("there are {}", fmt::join(known, ", ")));
  return false;
}

}  // namespace

void check_neighbours(const std::vector<Neighbours>& all, Problems& problems) {
  std::vector<std::string> known;
  for (const Neighbours& one : all) known.push_back(one.environment);
  Order order(problems);
  for (const Neighbours& one : all) {
    for (const Word& name : one.after)
      if (check_known(name, "after", one.environment, known, problems))
        order.add(name.text, one.environment, "after", name.place);
    for (const Word& name : one.then)
      if (check_known(name, "then", one.environment, known, problems))
        order.add(one.environment, name.text, "then", name.place);
  }
}

}  // namespace slipway::config
