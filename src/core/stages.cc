#include <algorithm>
#include <string>

#include "base/check.h"
#include "core/turn.h"

namespace slipway::core {
namespace {

using Kind = Stage::Kind;

constexpr int verify_attempts = 5;  // of smoke tests at the public address that can't be run
constexpr int retire_attempts = 5;  // to take a fleet out of the proxy
constexpr std::size_t trail_length = 11;

std::optional<Pool> pool_of(const std::optional<Fleet>& fleet) {
  return fleet ? std::optional(fleet->pool) : std::nullopt;
}

int needed(const Fleet& fleet, int weight) {
  return (fleet.bound.run.instances * weight + 99) / 100;
}

// True once the proxy is as wanted.
bool want(Turn& turn, Routing wanted) {
  Traffic& traffic = turn.state().traffic;
  if (traffic.wanted != wanted) {
    traffic.wanted = std::move(wanted);
    traffic.retry_at.reset();
  }
  return traffic.settled();
}

// The stage's one effect: true once it is done.
bool run(Turn& turn, const EffectBody& body) {
  Deployment& deployment = *turn.state().deployment;
  if (deployment.effect_done) return true;
  if (deployment.open || (deployment.retry_at && turn.now < *deployment.retry_at)) return false;
  deployment.retry_at.reset();
  deployment.open = turn.emit(body);
  return false;
}

RunSmokeTests smoke_tests(const Fleet& fleet, SmokeTest::When when) {
  RunSmokeTests effect{.release = fleet.release};
  std::ranges::copy_if(fleet.bound.smoke_tests, std::back_inserter(effect.tests), [&](const SmokeTest& test) {
    return test.when == when || test.when == SmokeTest::When::both;
  });
  return effect;
}

RunSmokeTests tests_of_instances(const Fleet& fleet) {
  RunSmokeTests effect = smoke_tests(fleet, SmokeTest::When::canary);
  for (const Instance& instance : fleet.instances)
    effect.addresses.push_back(fmt::format("127.0.0.1:{}", instance.port));
  effect.host = fleet.bound.run.health.host;
  return effect;
}

// As users ask, and answered by whom users are to be answered.
RunSmokeTests tests_at_the_public_address(const Fleet& fleet) {
  RunSmokeTests effect = smoke_tests(fleet, SmokeTest::When::promoted);
  effect.addresses = {reachable(fleet.bound.listen)};
  effect.host = host_of(fleet.bound.url, fleet.bound.listen);
  effect.answering = fleet.pool;
  return effect;
}

bool started(const Fleet& fleet) {
  return std::ranges::all_of(fleet.instances, [](const Instance& i) { return i.running; });
}

// The fleet that users go back to, if there is one.
const std::optional<Fleet>& home(const TargetState& state) {
  return promoted(*state.deployment) && !state.canary ? state.previous : state.stable;
}

// Users may not be brought back onto fewer healthy instances than they need, unless a person says so.
std::optional<std::string> held(const TargetState& state) {
  const std::optional<Fleet>& fleet = home(state);
  if (state.deployment->force || !fleet || !holds_users(state)) return std::nullopt;
  if (fleet->healthy() >= needed(*fleet, 100)) return std::nullopt;
  return fmt::format(
      "{} has {} of {} healthy instances: users stay on {} until it has them all, or: slipway rollback {} "
      "--force",
      fleet->release.version, fleet->healthy(), fleet->bound.run.instances,
      state.deployment->record.release.version, state.target.text());
}

bool return_users(Turn& turn) {
  TargetState& state = turn.state();
  const std::optional<Pool> pool = pool_of(home(state));
  const bool decided =
      state.traffic.wanted && state.traffic.wanted->weight == 0 && state.traffic.wanted->stable == pool;
  if (!decided && held(state)) return false;
  return want(turn, routing(state, pool, 0));
}

// Takes the fleet out of the proxy first, and stops its instances then. True once none is left.
bool retire(Turn& turn, std::optional<Fleet>& fleet) {
  TargetState& state = turn.state();
  if (!fleet->leaving && !would_be_served_without(state, *fleet)) return false;
  fleet->leaving = true;
  if (!fleet->stopping) {
    if (state.traffic.wanted && !want(turn, routing(state, state.traffic.wanted->stable, 0))) return false;
    fleet->stopping = true;
    for (Instance& instance : fleet->instances) instance.retry_at.reset();
  }
  return fleet->instances.empty();
}

// What the stage at the cursor needs done. True once it is.
bool work(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  const Stage& stage = deployment.stage();
  switch (stage.kind) {
    case Kind::checklist:
      return checklist_is_met(turn);
    case Kind::approval:
      return is_approved(turn);
    case Kind::window:
      return window_is_open(turn);
    case Kind::start:
      return started(*state.canary);
    case Kind::healthy:
      return state.canary->healthy() == state.canary->bound.run.instances;
    case Kind::route:
      return want(turn, routing(state, pool_of(state.stable), 0));
    case Kind::smoke:
      return run(turn, tests_of_instances(*state.canary));
    case Kind::shift: {
      const bool decided = state.traffic.wanted && state.traffic.wanted->weight == stage.weight;
      if (!decided && held_by_calendar(turn)) return false;
      if (!decided && (deployment.paused || state.canary->usable() < needed(*state.canary, stage.weight)))
        return false;
      // From the decision on: whether the proxy has heard of it isn't known until it answers.
      if (!decided && !deployment.exposed) deployment.exposed = deployment.step = turn.now;
      return want(turn, routing(state, pool_of(state.stable), stage.weight));
    }
    case Kind::hold:
      return hold_is_over(turn);
    case Kind::promote: {
      const bool decided = state.traffic.wanted && state.traffic.wanted->stable == state.canary->pool;
      if (!decided && held_by_calendar(turn)) return false;
      if (!decided && (deployment.paused || state.canary->usable() < needed(*state.canary, 100)))
        return false;
      return want(turn, routing(state, state.canary->pool, 0));
    }
    case Kind::verify:
      return run(turn, tests_at_the_public_address(*state.stable));
    case Kind::bake:
      return bake_is_over(state);
    case Kind::drain:
      return run(turn, AwaitDrained{state.previous->pool, state.previous->bound.run.drain});
    case Kind::retire:
      return retire(turn, state.previous);
    case Kind::return_users:
      return return_users(turn);
    case Kind::drain_canary:
      return run(turn, AwaitDrained{state.canary->pool, state.canary->bound.run.drain});
    case Kind::stop_canary:
      return retire(turn, state.canary);
  }
  return false;
}

void promote(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  state.previous = std::move(state.stable);
  state.stable = std::move(state.canary);
  state.canary.reset();
  deployment.lapsed.reset();
  deployment.record.promoted = turn.now;
  deployment.record.outcome = OutcomeKind::promoted;
  deployment.trail_before = state.trail;
  const Release& release = state.stable->release;
  // Going back shortens the trail, so that going back once more goes further back.
  if (deployment.record.kind == Request::Kind::rollback) {
    const auto there = std::ranges::find(state.trail, release);
    if (there != state.trail.end()) state.trail.erase(there, state.trail.end());
  }
  state.trail.push_back(release);
  if (state.trail.size() > trail_length) state.trail.erase(state.trail.begin());
  turn.note("{} is promoted after {}", release.version,
            format_duration(turn.now - deployment.record.started));
  turn.record(deployment.record);
}

void users_returned(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  if (promoted(deployment) && !state.canary) {
    state.canary = std::move(state.stable);
    state.stable = std::move(state.previous);
    state.previous.reset();
    state.trail = deployment.trail_before;
  }
  if (state.stable)
    turn.note("users are on {}, {} after the decision", state.stable->release.version,
              format_duration(turn.now - deployment.entered));
  tell_the_end(turn);
}

// What is seen from here on is of this step.
void new_step(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  deployment.step = turn.now;
  if (!deployment.exposed) deployment.exposed = turn.now;
  deployment.verdict.reset();
}

void complete(Turn& turn) {
  TargetState& state = turn.state();
  Deployment& deployment = *state.deployment;
  const Stage stage = deployment.stage();
  // A pause takes nobody's time.
  const Time counted_until =
      deployment.paused ? std::max(deployment.paused->since, deployment.entered) : turn.now;
  const Duration took = counted_until - deployment.entered;
  if (deployment.paused) deployment.paused->since = turn.now;
  switch (stage.kind) {
    case Kind::healthy:
      turn.note("{} of {} instances of {} are healthy after {}", state.canary->healthy(),
                state.canary->bound.run.instances, deployment.record.release.version,
                format_duration(turn.now - deployment.gating.begun.value_or(deployment.record.started)));
      break;
    case Kind::shift:
      turn.note("{} % of users are on {}", stage.weight, deployment.record.release.version);
      new_step(turn);
      break;
    case Kind::hold:
      if (deployment.verdict)
        turn.note("{} %: {}: {}", stage.weight, name(deployment.verdict->kind), deployment.verdict->reason);
      break;
    case Kind::promote:
      promote(turn);
      new_step(turn);
      break;
    case Kind::return_users:
      users_returned(turn);
      break;
    case Kind::retire:
      turn.note("{} is retired", state.previous->release.version);
      state.previous.reset();
      break;
    case Kind::stop_canary:
      tell_the_end(turn);  // whom, its fleet says
      state.canary.reset();
      break;
    case Kind::checklist:
    case Kind::approval:
    case Kind::window:
    case Kind::start:
    case Kind::route:
    case Kind::smoke:
    case Kind::verify:
    case Kind::bake:
    case Kind::drain:
    case Kind::drain_canary:
      break;
  }
  if (stage.kind != Kind::hold && !gating(state)) deployment.spent += took;
  deployment.cursor += 1;
  deployment.entered = turn.now;
  deployment.open.reset();
  deployment.effect_done = false;
  deployment.retry_at.reset();
  deployment.failures = 0;
  deployment.go_on = false;
  deployment.extended = false;
  deployment.unserved = false;
  if (deployment.cursor == deployment.stages.size()) return end(turn);
  if (!gating(state)) return;
  if (deployment.stage().kind == Kind::start)
    launch(turn);
  else
    arrive_at_gate(turn);
}

void smoke_tests_passed(Turn& turn, const Outcome& outcome) {
  Duration took{};
  for (const SmokeResult& result : outcome.smoke) took += result.took;
  turn.note("{} smoke test{} passed ({}){}", outcome.smoke.size(), outcome.smoke.size() == 1 ? "" : "s",
            format_duration(took),
            turn.state().deployment->stage().kind == Kind::verify ? " at the public address" : "");
}

// How long it took to bring users back is only known now: the proxy has given the release nothing since.
void last_request_known(Turn& turn, const Outcome& outcome) {
  Deployment& deployment = *turn.state().deployment;
  DeploymentRecord& record = deployment.record;
  // Before, the pool was another release's.
  if (!deployment.exposed || !outcome.last_request || !record.decided ||
      *outcome.last_request < *deployment.exposed)
    return;
  record.last_request = outcome.last_request;
  turn.note("the last request that reached {} was asked {} after the decision", record.release.version,
            format_duration(std::max(*record.last_request - *record.decided, Duration::zero())));
}

}  // namespace

bool advance(Turn& turn) {
  TargetState& state = turn.state();
  if (!state.deployment) return false;
  if (ended_by_calendar(turn)) return true;
  if (const auto cause = failure(state, turn.now)) {
    undo(turn, outcome_of_failure(state), *cause);
    return true;
  }
  if (settle_undecided(turn)) return true;
  const int number = state.deployment->record.number;
  const std::size_t cursor = state.deployment->cursor;
  const bool done = work(turn);
  // A gate that isn't passed ends the deployment in there; the next one may have begun.
  if (!state.deployment || state.deployment->record.number != number) return state.deployment.has_value();
  // Evidence that got too old at a closed window sends it back to the checklist.
  if (!done) return state.deployment->cursor != cursor;
  complete(turn);
  return true;
}

void stage_ended(Turn& turn, const Outcome& outcome) {
  Deployment& deployment = *turn.state().deployment;
  const Kind kind = deployment.stage().kind;
  const bool testing = kind == Kind::smoke || kind == Kind::verify;
  deployment.open.reset();
  if (outcome.status == Outcome::Status::done) {
    // A command doesn't see who answers it.
    if (kind == Kind::verify && deployment.unserved)
      return undo(turn, outcome_of_failure(turn.state()),
                  "while the smoke tests ran at the public address, the proxy had no instance of it up");
    deployment.effect_done = true;
    if (testing) smoke_tests_passed(turn, outcome);
    if (kind == Kind::drain_canary) last_request_known(turn, outcome);
    if (outcome.in_flight > 0)
      turn.note("{} requests were still in flight when the drain time was over", outcome.in_flight);
    return;
  }
  deployment.failures += 1;
  const bool given_up = kind == Kind::verify && deployment.failures >= verify_attempts;
  if (testing && (outcome.status == Outcome::Status::failed || given_up))
    return undo(turn, outcome_of_failure(turn.state()), outcome.message);
  deployment.retry_at = turn.now + backoff(deployment.failures);
  if (deployment.failures == 1) turn.note("{}: {}; trying again", name(kind), outcome.message);
}

void settle_stuck(Turn& turn) {
  TargetState& state = turn.state();
  if (!state.deployment) return;
  Deployment& deployment = *state.deployment;
  std::optional<std::string> reason;
  const bool returning = deployment.undoing && deployment.stage().kind == Kind::return_users;
  const bool retiring = deployment.undoing && deployment.stage().kind == Kind::stop_canary;
  const int failures = state.traffic.settled() ? 0 : state.traffic.failures;
  if ((returning && failures > 0) || (retiring && failures >= retire_attempts))
    reason = fmt::format("the proxy can't be told: {}", state.traffic.problem);
  else if (returning && !state.traffic.open)
    reason = held(state);
  else if (const std::optional<Fleet>& leaving = deployment.undoing ? state.canary : state.previous;
           (retiring || deployment.stage().kind == Kind::retire) && leaving && !leaving->leaving &&
           !would_be_served_without(state, *leaving))
    reason = fmt::format("{} stays: the proxy has no instance up of the release that users belong to",
                         leaving->release.version);
  if (reason && !deployment.stuck) {
    deployment.stuck = Stuck{turn.now, *reason};
    turn.note("stuck: {}", *reason);
    tell(turn, NoticeKind::stuck, *reason);
    turn.record(deployment.record);
  } else if (reason) {
    deployment.stuck->reason = *reason;
  } else if (deployment.stuck) {
    deployment.stuck.reset();
    turn.note("no longer stuck");
    turn.record(deployment.record);
  }
}

std::optional<Time> stage_wakeup(const TargetState& state) {
  if (!state.deployment) return std::nullopt;
  const Deployment& deployment = *state.deployment;
  std::optional<Time> next;
  const auto consider = [&](std::optional<Time> time) {
    if (time && *time > state.now && (!next || *time < *next)) next = time;
  };
  if (!deployment.open && !deployment.effect_done) consider(deployment.retry_at);
  const Stage& stage = deployment.stage();
  if (stage.kind == Kind::hold) consider(hold_wakeup(state));
  if (stage.kind == Kind::bake) consider(bake_wakeup(state));
  if (stage.kind == Kind::healthy) consider(deployment.entered + state.canary->bound.run.health.grace);
  if (gating(state)) consider(gate_wakeup(state));
  consider(proxy_grace(state));
  consider(progress_deadline(state));
  return next;
}

}  // namespace slipway::core
