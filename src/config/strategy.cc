#include "config/strategy.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/choice.h"
#include "config/judge.h"

namespace slipway::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t most_steps = 100;
constexpr Duration shortest_lease = seconds(3);
constexpr Duration longest_lease = hours(1);

// What a step says; nothing for a weight that is missing or wrong.
struct ReadStep {
  std::optional<int> weight;
  Duration hold{0};
  bool early = false;
  Place place;  // of the weight, where there is one
};

// `hold`: nothing where it is wrong.
bool read_early(const Field& field, std::optional<int> weight, std::optional<Duration> hold,
                Problems& problems) {
  const bool early = read_truth(field, problems).value_or(false);
  if (early && weight == 100)
    problems.report(field.place(),
                    "early: with all users on the new release there is nothing to compare it with",
                    "remove it: this hold takes as long as it says");
  else if (early && hold == Duration(0))
    problems.report(field.place(), "early: this step has no hold that could end early",
                    "add hold: 5m, or remove it");
  return early;
}

ReadStep read_step(const Field& item, Problems& problems) {
  ReadStep step{.weight = std::nullopt, .place = item.place()};
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a step must hold keys and their values",
                    "write it as {weight: 5, hold: 5m}");
    return step;
  }
  const auto section = Section::open(item, "strategy.canary.steps", {{"weight", "hold", "early"}}, problems);
  if (!section) return step;
  if (const auto weight = section->require("weight", "weight: 5", problems)) {
    step.weight = read_whole(*weight, 1, 100, problems);
    step.place = weight->place();
  }
  std::optional hold = step.hold;
  if (const auto field = section->find("hold")) hold = read_duration(*field, Duration(0), problems);
  step.hold = hold.value_or(step.hold);
  if (const auto early = section->find("early")) step.early = read_early(*early, step.weight, hold, problems);
  return step;
}

std::vector<core::CanaryStep> read_steps(const Field& field, Problems& problems) {
  std::vector<core::CanaryStep> steps;
  const Node& node = *field.value;
  const bool none = node.kind == Node::Kind::nothing || node.kind == Node::Kind::list;
  if (none && node.items.empty()) {
    problems.report(field.key_place, "steps is empty", "add at least - {weight: 100}");
    return steps;
  }
  if (node.items.size() > most_steps) {
    problems.report(field.key_place, fmt::format("there are {} steps", node.items.size()),
                    fmt::format("{} is the most", most_steps));
    return steps;
  }
  ReadStep last;
  for (const Field& item : read_list(field, problems)) {
    const ReadStep step = read_step(item, problems);
    const bool rises = !step.weight || steps.empty() || *step.weight > steps.back().weight;
    if (!rises)
      problems.report(step.place,
                      fmt::format("weight: {} is not more than the {} of the step before", *step.weight,
                                  steps.back().weight),
                      "each step has more users than the one before");
    if (step.weight) steps.push_back({*step.weight, step.hold, step.early});
    last = step;
  }
  if (last.weight && *last.weight != 100)
    problems.report(last.place, fmt::format("weight: the last step has {}, not 100", *last.weight),
                    "add - {weight: 100} below: a deployment ends with all users");
  return steps;
}

void read_canary(const Field& field, core::Strategy& canary, Problems& problems) {
  const auto keys =
      Section::open(field, "strategy.canary", {{"steps", "undecided", "bake", "lease", "judge"}}, problems);
  if (!keys) return;
  if (const auto steps = keys->find("steps")) canary.steps = read_steps(*steps, problems);
  if (const auto undecided = keys->find("undecided")) {
    using enum core::Undecided;
    canary.undecided = read_choice<core::Undecided>(
                           *undecided, {{"pause", pause}, {"advance", advance}, {"roll_back", roll_back}},
                           "something to do", problems)
                           .value_or(canary.undecided);
  }
  if (const auto bake = keys->find("bake"))
    canary.bake = read_duration(*bake, Duration(0), problems).value_or(canary.bake);
  if (const auto lease = keys->find("lease"))
    canary.lease = read_duration(*lease, shortest_lease, longest_lease, problems).value_or(canary.lease);
  if (const auto judge = keys->find("judge")) {
    read_judge(*judge, canary, problems);
    if ((canary.judge.literal || !canary.compared) &&
        std::ranges::any_of(canary.steps, &core::CanaryStep::early))
      problems.report(judge->key_place,
                      fmt::format("judge: with {} nothing can end a hold early",
                                  canary.compared ? "literal: true" : "none"),
                      "remove it, or early: true of the steps");
  }
}

void read_blue_green(const Field& field, core::Strategy& blue_green, Problems& problems) {
  const auto keys =
      Section::open(field, "strategy.blue_green",
                    {.known = {"bake"},
                     .elsewhere = {{"judge", "strategy.canary",
                                    "write it there: all users move at once here, and nothing is "
                                    "compared"}}},
                    problems);
  if (!keys) return;
  if (const auto bake = keys->find("bake"))
    blue_green.bake = read_duration(*bake, Duration(0), problems).value_or(blue_green.bake);
}

}  // namespace

Strategies default_strategies() {
  Strategies strategies;
  strategies.canary.steps = {{5, minutes(5)}, {25, minutes(10)}, {50, minutes(10)}, {100, Duration(0)}};
  strategies.canary.bake = minutes(15);
  return strategies;
}

Strategies read_strategies(const Field& field, Problems& problems) {
  Strategies strategies = default_strategies();
  const auto section = Section::open(
      field, "strategy",
      {.known = {"blue_green", "canary"}, .elsewhere = {{"judge", "strategy.canary", "write it there"}}},
      problems);
  if (!section) return strategies;
  if (const auto blue_green = section->find("blue_green"))
    read_blue_green(*blue_green, strategies.blue_green, problems);
  if (const auto canary = section->find("canary")) read_canary(*canary, strategies.canary, problems);
  return strategies;
}

}  // namespace slipway::config
