#include <algorithm>

#include "core/turn.h"

namespace slipway::core {
namespace {

void settle(Turn& turn, Fleet& fleet) {
  for (Instance& instance : fleet.instances) {
    if (instance.open || (instance.retry_at && turn.now < *instance.retry_at)) continue;
    if (fleet.stopping) {
      instance.ending = true;
      instance.open = turn.emit(StopInstance{instance.name, fleet.bound.run.drain});
    } else if (!instance.running) {
      instance.ending = false;
      instance.open = turn.emit(StartInstance{instance.name, fleet.release, fleet.bound.run.command,
                                              fleet.bound.run.env, fleet.bound.run.drain});
    }
    instance.retry_at.reset();
  }
}

template <class Function>
void for_each_fleet(TargetState& state, Function function) {
  for (auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet) function(**fleet);
}

void started(Turn& turn, Instance& instance, const Outcome& outcome) {
  const bool moved = instance.port != outcome.port;
  instance.running = true;
  instance.port = outcome.port;
  instance.failures = 0;
  instance.health = Health::starting;
  instance.detail.clear();
  instance.restarts = 0;
  instance.says_no = false;
  instance.since = turn.now;
  if (moved) {
    instance.seen = Seen::up;  // what was seen is another process
    instance.seen_detail.clear();
    refresh_servers(turn);
  }
}

void start_failed(Turn& turn, const Fleet& fleet, Instance& instance, const Outcome& outcome) {
  TargetState& state = turn.state();
  instance.failures += 1;
  instance.retry_at = turn.now + backoff(instance.failures);
  instance.detail = outcome.message;
  const bool is_canary = state.canary && state.canary->deployment == fleet.deployment;
  const bool for_ever = outcome.status == Outcome::Status::failed;
  if (is_canary && for_ever && !state.deployment->undoing) {
    undo(turn, state.stable ? OutcomeKind::aborted : OutcomeKind::failed,
         fmt::format("instance {} of {} can't be started: {}", instance.name.text(), fleet.release.version,
                     outcome.message));
  } else if (instance.failures == 1) {
    turn.note("instance {} of {} can't be started: {}; trying again", instance.name.text(),
              fleet.release.version, outcome.message);
  }
}

}  // namespace

void settle_instances(Turn& turn) {
  for_each_fleet(turn.state(), [&](Fleet& fleet) { settle(turn, fleet); });
}

bool instance_ended(Turn& turn, const EffectId& id, const Outcome& outcome) {
  bool found = false;
  for_each_fleet(turn.state(), [&](Fleet& fleet) {
    const auto instance =
        std::ranges::find_if(fleet.instances, [&](const Instance& i) { return i.open == id; });
    if (instance == fleet.instances.end()) return;
    found = true;
    instance->open.reset();
    const bool done = outcome.status == Outcome::Status::done;
    if (instance->ending && done) {
      fleet.instances.erase(instance);
    } else if (instance->ending) {
      instance->failures += 1;
      instance->retry_at = turn.now + backoff(instance->failures);
      if (instance->failures == 1)
        turn.note("instance {} can't be stopped: {}; trying again", instance->name.text(), outcome.message);
    } else if (done) {
      started(turn, *instance, outcome);
    } else {
      start_failed(turn, fleet, *instance, outcome);
    }
  });
  return found;
}

void take(Turn& turn, const InstanceObserved& event) {
  const std::set<int> panicked = panicking(turn.state());
  for_each_fleet(turn.state(), [&](Fleet& fleet) {
    const auto instance =
        std::ranges::find_if(fleet.instances, [&](const Instance& i) { return i.name == event.instance; });
    if (instance == fleet.instances.end() || instance->ending) return;
    if (!instance->running) return;  // of the process before: what is being started speaks for itself
    const Health before = instance->health;
    if (before != event.health) instance->since = turn.now;
    instance->health = event.health;
    instance->detail = event.detail;
    instance->restarts = event.restarts;
    if (std::exchange(instance->says_no, event.says_no) != event.says_no) refresh_servers(turn);
    const auto name = instance->name.text();
    if (event.health == Health::gone) {
      instance->running = false;
      turn.note("instance {} of {} is gone; starting it again", name, fleet.release.version);
    } else if (event.health == Health::unhealthy && before == Health::healthy) {
      turn.note("instance {} of {} is unhealthy: {}", name, fleet.release.version, event.detail);
    } else if (event.health == Health::healthy && before == Health::unhealthy) {
      turn.note("instance {} of {} is healthy again", name, fleet.release.version);
    }
  });
  tell_of_panic(turn, panicked);
}

}  // namespace slipway::core
