#include "sim/swarm_of_gates.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/draw.h"

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;

constexpr std::array words{Kind::deploy_waiting, Kind::deploy_later, Kind::approve,
                           Kind::decline,        Kind::attest,       Kind::override_check,
                           Kind::freeze,         Kind::unfreeze,     Kind::emergency};
constexpr std::array receivers{Kind::receiver_down, Kind::receiver_slow, Kind::receiver_busy,
                               Kind::receiver_refuses};

void draw_calendar(Gate& gate, Duration heals, Draw& draw) {
  Duration from{};
  if (draw.chance(1, 2)) from = draw.time(5'000, 30'000);
  for (std::int64_t i = draw.between(1, 3); i > 0; --i) {
    const Duration to = from + draw.time(15'000, 90'000);
    if (to >= heals) break;
    gate.open.push_back({from, to});
    from = to + draw.time(5'000, 40'000);
  }
  // What waits comes to its end.
  constexpr Duration long_open{4 * 3'600'000};
  gate.open.push_back({std::max(heals, from), std::max(heals, from) + long_open});
  if (!draw.chance(1, 3)) return;
  const Duration begins = draw.time(0, heals.count());
  gate.closed.push_back({begins, std::min(heals, begins + draw.time(1'000, 20'000))});
}

Gate make_gate(int index, int places, Duration heals, Draw draw) {
  Gate gate;
  if (draw.chance(1, 2)) gate.checks = static_cast<int>(draw.between(1, 3));
  gate.fresh = draw.time(2, 40) * 1000;
  if (draw.chance(2, 5)) gate.approvals = static_cast<int>(draw.between(1, 2));
  gate.expires = draw.time(5, 60) * 1000;
  gate.proceeds = draw.chance(1, 3);
  if (draw.chance(1, 2)) draw_calendar(gate, heals, draw);
  gate.at_close = static_cast<core::AtClose>(draw.below(3));
  gate.after = index == 0 && places > 1 && draw.chance(1, 3);
  gate.people = static_cast<int>(draw.between(1, 2));
  gate.channels = static_cast<int>(draw.below(3));
  return gate;
}

Entry make_word(Kind kind, int place, Duration at, std::int64_t releases, Draw& draw) {
  Entry entry{.kind = kind, .place = place, .at = at};
  if (kind == Kind::deploy_waiting || kind == Kind::deploy_later) entry.number = draw.between(1, releases);
  if (kind == Kind::deploy_later) entry.lasts = draw.time(0, 40'000);
  if (kind == Kind::approve || kind == Kind::decline || kind == Kind::emergency) entry.number = draw.below(4);
  if (kind == Kind::attest) entry.number = draw.chance(3, 4) ? 2 : draw.below(3);
  if (kind == Kind::override_check) entry.number = draw.below(3);
  if (kind == Kind::freeze) {
    entry.lasts = draw.time(1'000, 40'000);
    if (draw.chance(1, 2)) entry.number = draw.between(0, 30'000);
  }
  if (kind == Kind::unfreeze) entry.number = draw.between(1, 3);
  if (kind == Kind::emergency) entry.lasts = draw.time(5'000, 60'000);
  return entry;
}

// People who mean well: approvals and attestations soon after a release was asked for.
void add_help(Plan& plan, int index, const Entry& deploy, std::vector<Entry>& more, Draw& draw) {
  const Gate& gate = plan.places[static_cast<std::size_t>(index)].gate;
  const auto say = [&](Kind kind, std::int64_t number) {
    more.push_back({.kind = kind, .place = index, .at = deploy.at + draw.time(50, 6'000), .number = number});
  };
  for (std::int64_t who = 1; who <= gate.approvals; ++who)
    if (draw.chance(4, 5)) say(Kind::approve, draw.chance(1, 6) ? draw.below(4) : who);
  if (gate.checks > 2 && draw.chance(4, 5)) say(Kind::attest, 2);
}

void add_words(Plan& plan, int index, Draw draw) {
  std::vector<Kind> chosen;
  for (const Kind kind : words)
    if (draw.chance(1, 2)) chosen.insert(chosen.end(), static_cast<std::size_t>(draw.between(1, 4)), kind);
  std::vector<Entry> more;
  std::int64_t releases = 1;
  for (const Entry& entry : plan.entries)
    if (entry.place == index && (entry.kind == Kind::deploy || entry.kind == Kind::deploy_end_bake))
      releases = std::max(releases, entry.number);
  const std::int64_t times = chosen.empty() ? 0 : draw.between(0, 6);
  for (std::int64_t i = 0; i < times; ++i) {
    const Duration at = draw.time(0, plan.heals.count());
    const Kind kind = chosen[static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(chosen.size())))];
    more.push_back(make_word(kind, index, at, releases + 1, draw));
  }
  const std::vector<Entry> asked = more;
  for (const auto* entries : {&std::as_const(plan.entries), &asked})
    for (const Entry& entry : *entries)
      if (entry.place == index && (entry.kind == Kind::deploy || entry.kind == Kind::deploy_end_bake ||
                                   entry.kind == Kind::deploy_waiting || entry.kind == Kind::deploy_later))
        add_help(plan, index, entry, more, draw);
  const Gate& gate = plan.places[static_cast<std::size_t>(index)].gate;
  for (std::int64_t number = 1; gate.checks > 0 && number <= releases; ++number)
    if (draw.chance(1, 6)) more.push_back({.kind = Kind::fails_check, .place = index, .number = number});
  plan.entries.insert(plan.entries.end(), more.begin(), more.end());
}

void add_faults(Plan& plan, int index, Draw draw) {
  const Gate& gate = plan.places[static_cast<std::size_t>(index)].gate;
  const auto last = [&](Kind kind) {
    plan.entries.push_back({.kind = kind,
                            .place = index,
                            .at = draw.time(0, plan.heals.count()),
                            .lasts = draw.time(500, 30'000)});
  };
  if (gate.checks > 0 && draw.chance(1, 3)) last(Kind::checks_unavailable);
  for (std::int64_t i = gate.channels > 0 ? draw.below(4) : 0; i > 0; --i)
    last(receivers[static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(receivers.size())))]);
}

}  // namespace

void add_gates(Plan& plan) {
  const int places = static_cast<int>(plan.places.size());
  for (int index = 0; index < places; ++index) {
    const auto key = static_cast<std::uint64_t>(index);
    if (!Draw(mix({plan.seed, mix("gated"), key})).chance(1, 3)) continue;
    plan.places[static_cast<std::size_t>(index)].gate =
        make_gate(index, places, plan.heals, Draw(mix({plan.seed, mix("gate"), key})));
    add_words(plan, index, Draw(mix({plan.seed, mix("words"), key})));
    add_faults(plan, index, Draw(mix({plan.seed, mix("gate faults"), key})));
  }
}

std::optional<Plan> without_receivers_faults(const Plan& plan) {
  Plan other = plan;
  std::erase_if(other.entries, [](const Entry& entry) {
    return std::ranges::find(receivers, entry.kind) != receivers.end();
  });
  if (other.entries.size() == plan.entries.size()) return std::nullopt;
  return other;
}

Plan with_draws_apart(Plan plan) {
  // What strikes at the next append or effect would strike another one.
  static constexpr std::array moved{
      Kind::journal_full,       Kind::daemon_away,  Kind::dies_before_append,  Kind::dies_after_append,
      Kind::dies_after_effect,  Kind::power_fails,  Kind::dies_before_outcome, Kind::append_fails,
      Kind::dies_while_routing, Kind::host_reboots, Kind::tail_lost,           Kind::clock_jumps};
  plan.apart = true;
  std::erase_if(plan.entries,
                [](const Entry& entry) { return std::ranges::find(moved, entry.kind) != moved.end(); });
  return plan;
}

}  // namespace slipway::sim
