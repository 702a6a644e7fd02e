#include "sim/users.h"

#include <algorithm>
#include <vector>

namespace slipway::sim {
namespace {

using core::Pool;
using Kind = Entry::Kind;
using Quality = Meeting::Quality;

// How long answers take: most the usual time, and so many of a thousand longer.
constexpr Duration usual_time{25};
struct Longer {
  Duration took;
  int thousandths;
};
constexpr std::array<Longer, Users::tail> longer{
    {{Duration(40), 420}, {Duration(80), 120}, {Duration(250), 9}, {Duration(700), 1}}};

// What comes together of parts: whole ones now, the rest later.
int whole(std::int64_t& rest, std::int64_t parts, std::int64_t of) {
  rest += parts;
  const std::int64_t now = rest / of;
  rest %= of;
  return static_cast<int>(now);
}

// Errors of a thousand requests.
int failing(const Scene& scene, int place, int revision, int share) {
  constexpr int usual = 5, a_few = 30, many = 300;
  if (scene.is(Kind::fails_requests, place, revision)) return many;
  if (scene.is(Kind::fails_a_few, place, revision)) return a_few;
  if (scene.is(Kind::fails_at_load, place, revision) && share == 100) return a_few;
  return usual;
}

}  // namespace

void Users::ask(int place, Time second) {
  const Proxy& proxy = world_.proxy(place);
  if (!proxy.up() || !proxy.held() || world_.scene.window(Kind::telemetry_lost, place)) return;
  const int users = world_.scene.place(place).users;
  for (const Pool pool : {Pool::a, Pool::b}) {
    const int owner = proxy.owner(pool);
    const int share = proxy.share(pool);
    if (share == 0) continue;
    const int requests = whole(rests_[{place, owner}].requests, std::int64_t{users} * share, 100);
    if (requests == 0) continue;
    const Pool serves = proxy.serves(pool);
    if (serves != pool) world_.scene.marks.reach("users fell to the other release");
    meet(place, serves, pool, requests, second);
  }
}

void Users::meet(int place, Pool pool, Pool asked, int requests, Time second) {
  const Scene& scene = world_.scene;
  const Proxy& proxy = world_.proxy(place);
  const int deployment = proxy.owner(pool);
  if (deployment == 0) return;
  Rests& rests = rests_[{place, deployment}];
  if (const Entry* unheard = scene.lasting(Kind::canary_unheard, place);
      unheard != nullptr && proxy.held()->canary == pool) {
    requests = unheard->number == 0 ? 0 : whole(rests.heard, requests, unheard->number);
    if (requests == 0) return;
  }
  int revision = 0;
  Duration age{};
  std::vector<int> instances;
  for (const core::Server& server : proxy.held()->pool(pool).servers)
    if (const auto* process = world_.engine.find(place, server.instance)) {
      revision = process->revision;
      if (process->healthy) instances.push_back(server.instance.ordinal);
      age = std::max(age, scene.now() - process->began);
    }
  const bool answered = proxy.answers(pool);
  const int thousandths = failing(scene, place, revision, proxy.share(asked));
  const bool slow = scene.is(Kind::slow_requests, place, revision);
  const bool leaks = scene.is(Kind::leaks, place, revision);
  judge::Cell cell;
  cell.recorded = cell.requests = requests;
  cell.errors =
      answered ? whole(rests.errors, std::int64_t{requests} * thousandths, 1000) : std::int64_t{requests};
  if (!answered) cell.failures = requests;
  cell.by_class[2] = requests - cell.errors;
  cell.by_class[5] = cell.errors;
  if (cell.errors > 0) cell.first_error = second;
  const Duration added = leaks ? age / 25 : Duration::zero();
  std::int64_t left = requests;
  for (std::size_t i = 0; i < longer.size(); ++i) {
    const std::int64_t of_these = std::min<std::int64_t>(
        left, whole(rests.slower.at(i), std::int64_t{requests} * longer.at(i).thousandths, 1000));
    if (of_these > 0) cell.times.add(longer.at(i).took * (slow ? 25 : 1) + added, of_these);
    left -= of_these;
  }
  cell.times.add(usual_time * (slow ? 25 : 1) + added, left);
  // One after the other: what one instance alone has isn't the release's.
  const auto turn = static_cast<std::size_t>(second.time_since_epoch() / std::chrono::seconds(1));
  const int instance = instances.empty() ? 0 : instances[turn % instances.size()];
  experiences_[{place, deployment}].add(second, instance, cell);
  const Quality quality = !answered || thousandths >= 200 ? Quality::failing
                          : thousandths >= 20             ? Quality::fails_a_few
                          : slow || leaks                 ? Quality::slow
                                                          : Quality::usual;
  checks_.met({.place = place,
               .deployment = deployment,
               .requests = cell.requests,
               .errors = cell.errors,
               .quality = quality});
}

void Users::observe(int place, const core::TargetState& state, Time now) {
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet)
      experiences_[{place, (*fleet)->deployment}].observe(now, (*fleet)->healthy(),
                                                          static_cast<int>((*fleet)->instances.size()));
}

void Users::forget_before(Time time) {
  for (auto& [key, experience] : experiences_) experience.forget_before(time);
}

void Users::forget(int place) {
  std::erase_if(experiences_, [&](const auto& entry) { return entry.first.first == place; });
}

const judge::Experience& Users::of(int place, int deployment) const {
  static const judge::Experience nothing;
  const auto found = experiences_.find({place, deployment});
  return found == experiences_.end() ? nothing : found->second;
}

}  // namespace slipway::sim
