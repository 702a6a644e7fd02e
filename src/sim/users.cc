#include "sim/users.h"

#include <algorithm>

#include "judge/judge.h"

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;
using judge::Cell;
using judge::Verdict;

constexpr Duration second_long{1000};
constexpr Duration remembered{40'000};

// Whether `verdict` is worth an event: another word, or another reason when something is about to follow from
// it.
bool is_news(const core::TargetState& state, const Verdict& verdict, Time now) {
  constexpr Duration soon{1500};
  if (verdict.kind == Verdict::Kind::unhealthy) return true;
  const auto& known = state.deployment->verdict;
  if (!known || known->kind != verdict.kind) return true;
  const auto next = core::next_wakeup(state);
  return next && *next - now < soon && known->reason != verdict.reason;
}

}  // namespace

void Users::second() {
  const Time now = hooks_.clock();
  const Time last = std::chrono::floor<std::chrono::seconds>(now) - second_long;
  for (const auto& [target, state] : hooks_.targets()) {
    // At rest nobody is judged, and what is older than a trigger's duration isn't asked for.
    const int place = world_.scene.index(target);
    if (!state.deployment) {
      std::erase_if(experiences_, [&](const auto& entry) { return entry.first.first == place; });
      continue;
    }
    ask(place, state, last);
    observe(place, state, last);
  }
  for (auto& [key, experience] : experiences_) experience.forget_before(now - remembered);
  // What is said may change what is there to be judged.
  const auto targets = [&] {
    std::vector<core::Target> all;
    for (const auto& [target, state] : hooks_.targets())
      if (state.deployment) all.push_back(target);
    return all;
  }();
  for (const core::Target& target : targets) {
    const auto found = hooks_.targets().find(target);
    if (found != hooks_.targets().end()) judge(found->second, now);
  }
}

void Users::ask(int place, const core::TargetState&, Time second) {
  const Proxy& proxy = world_.proxy(place);
  if (!proxy.up() || !proxy.held() || world_.scene.window(Kind::telemetry_lost, place)) return;
  const int users = world_.scene.place(place).users;
  for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
    const int requests = users * proxy.count(pool) / Proxy::users;
    if (requests == 0) continue;
    const core::Pool serves = proxy.serves(pool);
    if (serves != pool) world_.scene.marks.reach("users fell to the other release");
    meet(place, proxy.owner(serves), requests, proxy.works(serves), second);
  }
}

void Users::meet(int place, int deployment, int requests, bool answered, Time second) {
  if (deployment == 0) return;
  const Proxy& proxy = world_.proxy(place);
  int revision = 0;
  Duration age{};
  for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
    if (proxy.owner(pool) != deployment) continue;
    for (const core::Server& server : proxy.held()->pool(pool).servers)
      if (const auto* process = world_.engine.find(place, server.instance)) {
        revision = process->revision;
        age = std::max(age, world_.scene.now() - process->began);
      }
  }
  const bool fails = world_.scene.is(Kind::fails_requests, place, revision);
  const bool slow = world_.scene.is(Kind::slow_requests, place, revision);
  Cell cell;
  cell.recorded = cell.requests = requests;
  cell.errors = answered ? (fails ? requests * 3 / 10 : requests / 200) : requests;
  if (!answered) cell.failures = requests;
  cell.by_class[2] = requests - cell.errors;
  cell.by_class[5] = cell.errors;
  if (cell.errors > 0) cell.first_error = second;
  const Duration leaking = world_.scene.is(Kind::leaks, place, revision) ? age / 25 : Duration::zero();
  cell.times.add(Duration(slow ? 900 : 30) + leaking, requests);
  experiences_[{place, deployment}].add(second, 1, cell);
}

void Users::observe(int place, const core::TargetState& state, Time now) {
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet)
      experiences_[{place, (*fleet)->deployment}].observe(now, (*fleet)->healthy(),
                                                          static_cast<int>((*fleet)->instances.size()));
}

void Users::judge(const core::TargetState& state, Time now) {
  if (!state.deployment || state.deployment->undoing) return;
  auto judging = core::duties(state).judging;
  const int deployment = state.deployment->record.number;
  if (!judging || judging->deployment != deployment || hooks_.suspended()) return;
  judging->question.exposed = std::max(judging->question.exposed, started_);
  const int place = world_.scene.index(state.target);
  int beside = 0;
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet && (*fleet)->pool != judging->canary) beside = (*fleet)->deployment;
  const judge::Experience& canary = experiences_[{place, deployment}];
  const judge::Experience& stable = experiences_[{place, beside}];
  const Verdict verdict = judge::judge(judging->question, canary, stable, now);
  if (!is_news(state, verdict, now)) return;
  const core::VerdictChanged word{deployment, verdict};
  const core::Target target = state.target;
  checks_.judged(target, word);
  hooks_.deliver(target, word);
}

}  // namespace slipway::sim
