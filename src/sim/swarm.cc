#include <algorithm>
#include <array>

#include "sim/draw.h"
#include "sim/plan.h"
#include "sim/swarm_of_gates.h"

// A seed's plan.
namespace slipway::sim {
namespace {

using Kind = Entry::Kind;

constexpr std::array commands{Kind::deploy,      Kind::deploy_end_bake, Kind::rollback,
                              Kind::rollback_to, Kind::rollback_force,  Kind::abort,
                              Kind::promote,     Kind::pause,           Kind::resume};
constexpr std::array faults{
    Kind::proxy_unavailable,   Kind::proxy_lost,         Kind::proxy_slow,        Kind::proxy_half,
    Kind::proxy_late,          Kind::proxy_refuses,      Kind::renewals_fail,     Kind::engine_unavailable,
    Kind::smoke_unavailable,   Kind::telemetry_lost,     Kind::canary_unheard,    Kind::journal_full,
    Kind::daemon_away,         Kind::dies_before_append, Kind::dies_after_append, Kind::dies_after_effect,
    Kind::dies_before_outcome, Kind::dies_while_routing, Kind::append_fails,      Kind::instance_gone,
    Kind::instance_crashes,    Kind::proxy_restarts,     Kind::host_reboots,      Kind::power_fails,
    Kind::tail_lost,           Kind::clock_jumps,        Kind::proxy_deaf,        Kind::reload_half,
    Kind::checks_hang};
constexpr std::array characters{Kind::starts_slowly, Kind::never_healthy,   Kind::keeps_crashing,
                                Kind::leaks,         Kind::no_such_program, Kind::fails_requests,
                                Kind::fails_a_few,   Kind::fails_at_load,   Kind::slow_requests,
                                Kind::fails_smoke,   Kind::holds_requests,  Kind::shunned};

constexpr int most_users = 400;  // requests a second; more where the judge is to have time

// Some of the kinds, each as often in the list as it weighs.
template <std::size_t size>
std::vector<Kind> some_of(const std::array<Kind, size>& kinds, Draw& draw) {
  std::vector<Kind> chosen;
  for (const Kind kind : kinds)
    if (draw.chance(1, 2)) chosen.insert(chosen.end(), static_cast<std::size_t>(draw.between(1, 6)), kind);
  return chosen;
}

Place make_place(int index, Draw draw) {
  static constexpr std::array environments{"production", "staging", "dr"};
  Place place;
  place.target = {index < 2 ? "shop" : "till", environments[static_cast<std::size_t>(index)]};
  place.instances = static_cast<int>(draw.between(1, 4));
  if (draw.chance(3, 4)) {
    int weight = 0;
    const std::int64_t steps = draw.between(1, 3);
    for (std::int64_t i = 0; i < steps; ++i) {
      weight += static_cast<int>(draw.between(1, 30));
      place.steps.push_back({weight, draw.time(0, 20) * 1000});
    }
  }
  place.steps.push_back({100, draw.chance(1, 2) ? Duration::zero() : draw.time(1, 10) * 1000});
  place.undecided = static_cast<core::Undecided>(draw.below(3));
  place.bake = draw.time(0, 30) * 1000;
  place.lease = draw.time(3, 15) * 1000;
  place.grace = draw.time(5, 30) * 1000;
  place.progress = draw.time(30, 120) * 1000;
  place.drain = draw.time(1, 5) * 1000;
  place.judged = draw.chance(1, 2);
  place.smoke = static_cast<int>(draw.below(4));
  place.users = static_cast<int>(draw.chance(1, 5) ? 0 : draw.between(20, most_users));
  // No fault lasts for longer than the usual deadlines.
  if (draw.chance(1, 6)) place.progress = draw.time(6, 25) * 1000;
  place.sequential = draw.chance(1, 2);
  if (place.judged && draw.chance(1, 6)) {
    // What little tells apart takes its time.
    place.sequential = true;
    const bool early = draw.chance(1, 2);
    for (core::CanaryStep& step : place.steps) {
      if (step.weight < 100) step.hold = draw.time(40, 160) * 1000;
      step.early = early;
    }
    place.bake = draw.time(30, 100) * 1000;
    place.users = static_cast<int>(draw.between(most_users + 1, 3000));
  }
  if (draw.chance(1, 3))
    for (core::CanaryStep& step : place.steps) step.early = draw.chance(2, 3);
  return place;
}

Entry make_fault(Kind kind, const Plan& plan, Draw& draw) {
  Entry entry{.kind = kind};
  entry.at = draw.time(0, plan.heals.count());
  entry.place = static_cast<int>(draw.below(static_cast<std::int64_t>(plan.places.size())));
  if (kind == Kind::clock_jumps)
    entry.number = draw.between(2'500, 120'000) * (draw.chance(1, 3) ? -1 : 1);
  else if (kind == Kind::instance_gone || kind == Kind::instance_crashes)
    entry.number = draw.below(8);
  else if (kind == Kind::dies_before_append || kind == Kind::dies_after_append || kind == Kind::append_fails)
    entry.number = draw.below(4);
  else if (kind == Kind::host_reboots || kind == Kind::power_fails)
    entry.lasts = draw.time(3, 20) * 1000;
  else if (kind == Kind::tail_lost)
    entry = {.kind = kind,
             .place = entry.place,
             .at = entry.at,
             .lasts = draw.time(3, 20) * 1000,
             .number = draw.between(1, 6)};
  else if (kind == Kind::proxy_restarts)
    entry.lasts = draw.time(50, 1000);
  else if (kind == Kind::proxy_deaf)
    entry.lasts = draw.time(5, 180) * 1000;
  else if (kind == Kind::reload_half)
    entry.lasts = draw.time(5, 60) * 1000;
  else
    entry.lasts = draw.time(500, 20'000);
  if (kind == Kind::canary_unheard) entry.number = draw.chance(1, 2) ? 0 : draw.between(3, 6);
  return entry;
}

void add_commands(Plan& plan, Draw draw) {
  const std::vector<Kind> kinds = some_of(commands, draw);
  for (int place = 0; place < static_cast<int>(plan.places.size()); ++place) {
    std::int64_t release = 1;
    plan.entries.push_back(
        {.kind = Kind::deploy, .place = place, .at = draw.time(0, 3000), .number = release});
    const std::int64_t times = draw.between(2, 8);
    for (std::int64_t i = 0; i < times; ++i) {
      Entry entry{
          .kind = kinds.empty() || draw.chance(1, 2)
                      ? Kind::deploy
                      : kinds[static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(kinds.size())))],
          .place = place,
          .at = draw.time(4000, plan.heals.count())};
      const bool again = draw.chance(1, 4);
      if (entry.kind == Kind::deploy || entry.kind == Kind::deploy_end_bake)
        entry.number = again ? draw.between(1, release) : ++release;
      if (entry.kind == Kind::rollback_to) entry.number = draw.between(1, release);
      plan.entries.push_back(entry);
      if (!draw.chance(1, 6)) continue;  // a double click
      entry.at += draw.time(0, 500);
      plan.entries.push_back(entry);
    }
    const std::vector<Kind> like = some_of(characters, draw);
    for (std::int64_t number = 1; number <= release; ++number) {
      if (like.empty() || !draw.chance(1, 3)) continue;
      plan.entries.push_back(
          {.kind = like[static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(like.size())))],
           .place = place,
           .number = number});
    }
  }
}

}  // namespace

Plan make_plan(std::uint64_t seed) {
  Draw draw(mix({seed, mix("plan")}));
  Plan plan;
  plan.seed = seed;
  plan.heals = draw.time(30, 150) * 1000;
  const std::int64_t places = draw.chance(1, 2) ? 1 : draw.between(2, 3);
  for (int i = 0; i < places; ++i)
    plan.places.push_back(make_place(i, Draw(mix({seed, mix("place"), static_cast<std::uint64_t>(i)}))));
  if (std::ranges::any_of(plan.places, [](const Place& place) { return place.users > most_users; }))
    plan.heals += draw.time(60, 240) * 1000;
  add_commands(plan, Draw(mix({seed, mix("commands")})));
  Draw wrong(mix({seed, mix("faults")}));
  const std::vector<Kind> kinds = some_of(faults, wrong);
  const std::int64_t times = kinds.empty() || wrong.chance(1, 5) ? 0 : wrong.between(1, 14);
  for (std::int64_t i = 0; i < times; ++i) {
    const Entry fault = make_fault(
        kinds[static_cast<std::size_t>(wrong.below(static_cast<std::int64_t>(kinds.size())))], plan, wrong);
    plan.entries.push_back(fault);
    // Several have come to wait by the time that it hears again.
    if (fault.kind == Kind::proxy_deaf && wrong.chance(1, 2))
      plan.entries.push_back({.kind = Kind::reload_half,
                              .place = fault.place,
                              .at = fault.at,
                              .lasts = fault.lasts + Duration(10'000)});
  }
  add_gates(plan);
  std::ranges::stable_sort(plan.entries, {}, &Entry::at);
  if (without_receivers_faults(plan) && Draw(mix({seed, mix("apart")})).chance(1, 4))
    plan = with_draws_apart(std::move(plan));
  return plan;
}

}  // namespace slipway::sim
