#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "judge/second.h"
#include "support/draws.h"

// Requests of both arms, second by second, for what is to be told apart in tests.
namespace slipway::judge {

using test::Draws;

// How an arm's requests are: times are log-logistic about a median, as few are slow as in life.
struct Manner {
  double errors = 0.005;
  double median_ms = 80;
  double hangs = 0;  // a share that takes 2 s longer
};

// One second of an instance, with the memory that its spans point to.
struct Part {
  int instance = 0;
  Duration age{3'600'000};
  std::int64_t requests = 0, errors = 0;
  std::vector<Histogram::Bucket> times, in_flight;

  void add(double ms, std::int64_t count = 1) {
    const std::uint16_t index = Histogram::index_of(Duration(static_cast<std::int64_t>(ms)));
    const auto at = std::ranges::lower_bound(times, index, {}, &Histogram::Bucket::index);
    if (at != times.end() && at->index == index)
      at->count += count;
    else
      times.insert(at, {index, count});
    requests += count;
  }
  InstanceSecond view() const {
    InstanceSecond second;
    second.instance = instance;
    second.age = age;
    second.all = {requests, errors, times};
    second.in_flight = in_flight;
    return second;
  }
};

// A second as the judge takes it; it points to the parts.
class Views {
 public:
  Views(std::int64_t second, std::optional<double> weight, const std::vector<Part>& canary,
        const std::vector<Part>& stable) {
    for (const Part& part : canary) canary_.push_back(part.view());
    for (const Part& part : stable) stable_.push_back(part.view());
    second_.at = Time(Duration(1'790'000'000'000)) + std::chrono::seconds(second);
    second_.weight = weight;
    second_.canary.instances = canary_;
    second_.stable.instances = stable_;
  }
  Views(const Views&) = delete;
  Views& operator=(const Views&) = delete;
  Second& operator*() { return second_; }
  Second* operator->() { return &second_; }

 private:
  std::vector<InstanceSecond> canary_, stable_;
  Second second_;
};

class Stream {
 public:
  double weight = 0.05;
  int requests = 100;  // a second
  int canary_instances = 1, stable_instances = 19;
  Manner canary, stable;

  explicit Stream(std::uint64_t seed) : draws_(seed) {}

  // Requests of stable alone, as much as there are in so many seconds.
  Part warm(int seconds) {
    Part part;
    for (int i = 0; i < seconds * requests; ++i) ask(part, stable);
    return part;
  }
  void next() {
    canary_parts = std::vector<Part>(static_cast<std::size_t>(canary_instances));
    stable_parts = std::vector<Part>(static_cast<std::size_t>(stable_instances));
    for (int i = 0; i < canary_instances; ++i) canary_parts[static_cast<std::size_t>(i)].instance = i;
    for (int i = 0; i < stable_instances; ++i) stable_parts[static_cast<std::size_t>(i)].instance = i;
    for (int i = 0; i < requests; ++i) {
      const bool to_canary = draws_.share() < weight;
      auto& parts = to_canary ? canary_parts : stable_parts;
      const auto at = static_cast<std::size_t>(draws_.share() * static_cast<double>(parts.size()));
      ask(parts[at], to_canary ? canary : stable);
    }
  }
  // The next second's requests, for `take`.
  template <class Take>
  void run(std::int64_t from, std::int64_t to, Take take) {
    for (std::int64_t second = from; second < to; ++second) {
      next();
      Views views(second, weight, canary_parts, stable_parts);
      take(*views);
    }
  }
  std::vector<Part> canary_parts, stable_parts;

 private:
  void ask(Part& part, const Manner& manner) {
    const double u = std::max(1e-9, draws_.share());
    double ms = manner.median_ms * std::pow(u / (1 - u), 0.35);
    if (draws_.share() < manner.hangs) ms += 2000;
    if (draws_.share() < manner.errors) ++part.errors;
    part.add(ms);
  }
  Draws draws_;
};

}  // namespace slipway::judge
