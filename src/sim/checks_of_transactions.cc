#include <algorithm>

#include "sim/checks.h"

namespace slipway::sim {
namespace {

int share(const core::Routing& routing, core::Pool pool) {
  const int canary = routing.canary ? routing.weight : 0;
  return (routing.canary == pool ? canary : 0) + (routing.stable == pool ? 100 - canary : 0);
}

const core::Fleet* in_pool(const core::TargetState& state, core::Pool pool) {
  for (const auto* fleet : {&state.stable, &state.canary, &state.previous})
    if (*fleet && (*fleet)->pool == pool) return &**fleet;
  return nullptr;
}

}  // namespace

void Checks::check_numbers(const core::TargetState* before, const runner::Transaction& transaction) {
  const std::int64_t last = before == nullptr ? 0 : before->events;
  if (transaction.number != last + 1 || transaction.state.events != transaction.number)
    broke("numbers",
          fmt::format("event {} of {} comes after {}", transaction.number, transaction.target.text(), last));
  if (before != nullptr && transaction.time < before->now)
    broke("numbers", fmt::format("{} goes back from {} to {}", transaction.target.text(),
                                 format_time_precise(before->now), format_time_precise(transaction.time)));
}

void Checks::check_records(Seen& seen, const runner::Transaction& transaction) {
  for (const core::DeploymentRecord& record : transaction.records) {
    if (!record.ended) {
      seen.begun.insert(record.number);
      continue;
    }
    seen.begun.erase(record.number);
    if (record.outcome == core::OutcomeKind::under_way ||
        (record.outcome != core::OutcomeKind::promoted && record.cause.empty()))
      broke("cause", fmt::format("deployment {} of {} ended {} without a cause", record.number,
                                 transaction.target.text(), core::name(record.outcome)));
  }
  const core::TargetState& state = transaction.state;
  for (const int number : seen.begun) {
    const bool there = (state.deployment && state.deployment->record.number == number) ||
                       (state.queued && state.queued_number == number);
    if (!there)
      broke("forgotten", fmt::format("deployment {} of {} is neither under way nor queued, and has no end",
                                     number, transaction.target.text()));
  }
  if (state.deployment && !seen.begun.contains(state.deployment->record.number))
    broke("forgotten", fmt::format("deployment {} of {} is under way without a record",
                                   state.deployment->record.number, transaction.target.text()));
}

void Checks::check_capacity(const core::TargetState* before, const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  if (before == nullptr || before->rebooted || (state.deployment && state.deployment->force)) return;
  for (const core::Effect& effect : transaction.effects) {
    const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
    if (apply == nullptr) continue;
    for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
      const int wanted = share(apply->routing, pool);
      const int had = before->traffic.wanted ? share(*before->traffic.wanted, pool) : 0;
      const core::Fleet* fleet = in_pool(state, pool);
      if (wanted <= had || fleet == nullptr) continue;
      const int needed = (fleet->bound.run.instances * wanted + 99) / 100;
      // Where the proxy just brings back what it had, nobody is moved to it.
      const auto not_up = std::ranges::count_if(fleet->instances, [&](const core::Instance& instance) {
        return instance.health != core::Health::healthy ||
               seen(transaction.target).not_up.contains(instance.name);
      });
      const bool forward = state.deployment && !state.deployment->undoing;
      if (forward && std::ssize(fleet->instances) - not_up < needed)
        broke("capacity",
              fmt::format("{}: {} % of users are sent to {}, of which {} instances aren't up to the proxy",
                          effect.id.text(), wanted, fleet->release.version, not_up));
      if (fleet->healthy() < needed)
        broke("capacity",
              fmt::format("{}: {} % of users are sent to {}, which has {} of {} healthy instances",
                          effect.id.text(), wanted, fleet->release.version, fleet->healthy(),
                          fleet->bound.run.instances));
    }
  }
}

void Checks::note_servers(Seen& seen, const runner::Transaction& transaction) {
  if (std::holds_alternative<core::HostRebooted>(transaction.event)) seen.not_up.clear();
  if (const auto* observed = std::get_if<core::ServersObserved>(&transaction.event))
    for (const auto& word : observed->words) {
      if (word.up)
        seen.not_up.erase(word.instance);
      else
        seen.not_up.insert(word.instance);
    }
  const auto* ended = std::get_if<core::EffectEnded>(&transaction.event);
  if (ended == nullptr || ended->outcome.status != core::Outcome::Status::done) return;
  const auto open = seen.open.find(ended->id);
  if (open == seen.open.end()) return;
  if (const auto* start = std::get_if<core::StartInstance>(&open->second.effect.body))
    seen.not_up.erase(start->instance);
  // Of what was overtaken nobody heard.
  if (std::holds_alternative<core::ApplyRouting>(open->second.effect.body) &&
      transaction.state.traffic.applied)
    seen.not_up.insert(ended->outcome.unchecked.begin(), ended->outcome.unchecked.end());
}

void Checks::check_served(const Seen& seen, const core::TargetState* before,
                          const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  if (before == nullptr || before->rebooted || !before->deployment || before->deployment->force ||
      !state.traffic.wanted || !state.traffic.wanted->stable)
    return;
  const auto any_up = [&](const core::Fleet& fleet) {
    return std::ranges::any_of(fleet.instances, [&](const core::Instance& instance) {
      return !seen.not_up.contains(instance.name);
    });
  };
  const core::Fleet* users = in_pool(state, *state.traffic.wanted->stable);
  for (const auto* fleet : {&before->canary, &before->previous}) {
    if (!*fleet || (*fleet)->leaving || !before->deployment->exposed) continue;  // users never met it
    const core::Fleet* now = in_pool(state, (*fleet)->pool);
    const bool leaves = now == nullptr || (now->deployment == (*fleet)->deployment && now->leaving);
    if (!leaves || users == nullptr || users->deployment == (*fleet)->deployment) continue;
    if (!any_up(*users) && any_up(**fleet))
      broke("served",
            fmt::format("{} leaves the proxy of {}, which has no server of {} up", (*fleet)->release.version,
                        transaction.target.text(), users->release.version));
  }
}

void Checks::check_everywhere(int place) {
  const Proxy& proxy = world_.proxy(place);
  if (!proxy.up() || !proxy.held() || !world_.scene.window(Entry::Kind::checks_hang, place)) return;
  for (const core::Pool pool : {core::Pool::a, core::Pool::b}) {
    if (proxy.share(pool) == 0) continue;
    const bool there = std::ranges::any_of(proxy.held()->pool(pool).servers, [&](const core::Server& server) {
      const Engine::Process* process = world_.engine.find(place, server.instance);
      return process != nullptr && process->healthy && process->port == server.port;
    });
    if (!there) continue;
    world_.scene.marks.reach("checks failed everywhere, and users were served");
    if (!proxy.answers(pool))
      broke("everywhere",
            fmt::format("checks hang at {}, and users are given to nobody, though instances answer",
                        world_.scene.place(place).target.text()));
  }
}

void Checks::check_applied(const runner::Transaction& transaction, int place) {
  const core::Traffic& traffic = transaction.state.traffic;
  if (!traffic.applied || traffic.open || world_.proxy(place).behind()) return;
  seen(transaction.target).stale = false;
  if (world_.proxy(place).held() != traffic.applied)
    broke("applied",
          fmt::format("after event {} of {} the journal believes of the proxy what it doesn't hold",
                      transaction.number, transaction.target.text()));
}

}  // namespace slipway::sim
