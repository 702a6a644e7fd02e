#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "sim/seeds.h"
#include "sim/shrink.h"

// simulate --seeds N [--from N], --seed N, or --plan FILE: runs whole platforms in virtual time.
namespace {

using namespace slipway;

constexpr std::uint64_t most_jobs = 256;

struct Options {
  std::uint64_t from = 1;
  std::uint64_t seeds = 1000;
  std::optional<std::string> plan;
  bool explain = false;
  bool all_marks = false;   // listed …
  bool every_mark = false;  // … and to be reached
  bool keep_going = false;
  bool hash_alone = false;
  int jobs = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
};

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Options> parse(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--all-marks") {
      options.all_marks = true;
      continue;
    }
    if (words[i] == "--every-mark") {
      options.every_mark = true;
      continue;
    }
    if (words[i] == "--keep-going") {
      options.keep_going = true;
      continue;
    }
    if (words[i] == "--hash") {
      options.hash_alone = true;
      continue;
    }
    if (i + 1 == words.size()) return std::nullopt;
    const std::string& value = words[i + 1];
    if (words[i] == "--plan") {
      options.plan = value;
    } else {
      const auto count = number(value);
      if (!count) return std::nullopt;
      if (words[i] == "--seeds")
        options.seeds = *count;
      else if (words[i] == "--from")
        options.from = *count;
      else if (words[i] == "--jobs" && *count > 0 && *count <= most_jobs)
        options.jobs = static_cast<int>(*count);
      else if (words[i] == "--seed") {
        options.from = *count;
        options.seeds = 1;
        options.explain = true;
      } else
        return std::nullopt;
    }
    ++i;
  }
  return options;
}

void explain(const sim::Plan& plan, const sim::Report& result) {
  fmt::print("{}", sim::describe(plan));
  fmt::print("\nthe last of {} journalled events:\n", result.appends);
  for (const std::string& line : result.last) fmt::print("{}\n", line);
  fmt::print("\nbroken: {}: {}\n", result.broken->invariant, result.broken->detail);
  for (const sim::Invariant& invariant : sim::all_invariants())
    if (invariant.name == result.broken->invariant) fmt::print("        {}\n", invariant.sentence);
}

// Says what broke, and what is left of it; the plan is written where one can run it again.
void report(const sim::Plan& plan, const sim::Report& broken) {
  fmt::print("seed {} breaks \"{}\": {}\n", plan.seed, broken.broken->invariant, broken.broken->detail);
  const sim::Shrunk shrunk = sim::shrink(plan, broken);
  fmt::print("shrunk in {} runs from {} entries to {}:\n\n", shrunk.tries, plan.entries.size(),
             shrunk.plan.entries.size());
  explain(shrunk.plan, shrunk.result);
  const std::string file = fmt::format("simulation-{}.plan", plan.seed);
  std::ofstream out(file);
  out << fmt::format("# breaks {}: {}\n", shrunk.result.broken->invariant, shrunk.result.broken->detail)
      << sim::describe(shrunk.plan);
  fmt::print("\nreplay: simulate --seed {}, or what is left: simulate --plan {}\n", plan.seed, file);
}

int replay(const std::string& file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto plan = sim::parse_plan(text);
  if (!in || !plan) {
    fmt::print(stderr, "{} can't be read: {}\n", file,
               in ? plan.error().message : "open it yourself to see why");
    return 2;
  }
  const sim::Report result = sim::run(*plan);
  if (result.broken) {
    explain(*plan, result);
    return 1;
  }
  fmt::print("{}: nothing breaks; {} events in {}, hash {:016x}\n", file, result.events,
             format_duration(result.lasted), result.hash);
  return 0;
}

// How many weren't reached.
int print_marks(const sim::Marks& marks, bool all) {
  int reached = 0;
  for (const std::string_view mark : sim::all_marks) {
    if (marks.count(mark) > 0) ++reached;
    if (all || marks.count(mark) == 0) fmt::print("  {:>9}  {}\n", marks.count(mark), mark);
  }
  fmt::print("{} of {} marks reached, {} pairs of a state and an event met\n", reached,
             std::size(sim::all_marks), marks.pairs());
  return static_cast<int>(std::size(sim::all_marks)) - reached;
}

int run_one(std::uint64_t seed) {
  const sim::Plan plan = sim::make_plan(seed);
  const sim::Report result = sim::run(plan);
  if (result.broken) {
    report(plan, result);
    return 1;
  }
  fmt::print("{}\nnothing breaks; {} events in {}, hash {:016x}\n", sim::describe(plan), result.events,
             format_duration(result.lasted), result.hash);
  return 0;
}

int say(const sim::Failure& failure) {
  if (failure.broken)
    fmt::print("seed {} breaks \"{}\": {}\n", failure.seed, failure.broken->invariant,
               failure.broken->detail);
  else
    fmt::print("seed {} doesn't go the same way twice\n", failure.seed);
  return 1;
}

int run_seeds(const Options& options) {
  const auto begun = std::chrono::steady_clock::now();
  const sim::Tally tally =
      sim::run_seeds({options.from, options.seeds}, options.jobs,
                     options.keep_going ? sim::Until::all_ran : sim::Until::first_failure);
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  if (!options.keep_going && !tally.failures.empty()) {
    const sim::Failure& first = tally.failures.front();
    return first.broken ? run_one(first.seed) : say(first);
  }
  for (const sim::Failure& failure : tally.failures) say(failure);
  int status = tally.failures.empty() ? 0 : 1;
  if (options.hash_alone) {
    fmt::print("{:016x}\n", tally.hash);
    return status;
  }
  if (print_marks(tally.marks, options.all_marks) > 0 && options.every_mark) status = 1;
  fmt::print("seeds {} … {}: {} broken; {} events, {} of them journalled\n", options.from,
             options.from + options.seeds - 1, tally.failures.size(), tally.events, tally.appends);
  fmt::print("{:.1f} s on {} threads: {:.0f} seeds/s, {:.0f} events/s; hash {:016x}\n", took, options.jobs,
             static_cast<double>(options.seeds) / took, static_cast<double>(tally.events) / took, tally.hash);
  return status;
}

}  // namespace

int main(int count, char** words) {
  set_log_level(LogLevel::none);
  const auto options = parse({words + 1, words + count});
  if (!options) {
    fmt::print(stderr,
               "usage: simulate --seeds N [--from N] [--jobs N] [--hash] [--all-marks] [--every-mark] "
               "[--keep-going] | "
               "--seed N | --plan FILE\n");
    return 2;
  }
  if (options->plan) return replay(*options->plan);
  return options->explain ? run_one(options->from) : run_seeds(*options);
}
