#include "sim/hash.h"

#include "sim/draw.h"

namespace slipway::sim {
namespace {

class Sum {
 public:
  void add(std::string_view text) { sum_ = mix({sum_, mix(text)}); }
  void add(std::uint64_t number) { sum_ = mix({sum_, number}); }
  void add(std::int64_t number) { add(static_cast<std::uint64_t>(number)); }
  void add(int number) { add(static_cast<std::uint64_t>(number)); }
  void add(bool yes) { add(std::uint64_t{yes ? 1U : 0U}); }
  void add(Duration time) { add(std::int64_t{time.count()}); }
  void add(Time time) { add(time.time_since_epoch()); }
  void add(const core::EffectId& id) {
    add(std::int64_t{id.event});
    add(id.ordinal);
  }
  void add(const core::InstanceName& name) {
    add(name.deployment);
    add(name.ordinal);
  }
  void add(core::Pool pool) { add(static_cast<int>(pool)); }
  void add(const core::Release& release) {
    add(release.revision);
    add(std::string_view(release.version));
  }
  void add(const core::PoolRouting& pool) {
    for (const core::Server& server : pool.servers) {
      add(server.instance);
      add(server.port);
    }
  }
  void add(const core::Routing& routing) {
    add(std::string_view(routing.listen));
    add(routing.stable);
    add(routing.canary);
    add(routing.fallback);
    add(routing.previewed);
    add(routing.weight);
    add(std::string_view(routing.salt));
    add(routing.a);
    add(routing.b);
    add(routing.slots);
  }
  void add(const core::Instance& instance) {
    add(instance.name);
    add(instance.port);
    add(instance.running);
    add(instance.open);
    add(instance.ending);
    add(instance.failures);
    add(instance.retry_at);
    add(static_cast<int>(instance.health));
    add(instance.restarts);
  }
  void add(const core::Fleet& fleet) {
    add(fleet.deployment);
    add(fleet.release);
    add(fleet.pool);
    add(fleet.leaving);
    add(fleet.stopping);
    for (const core::Instance& instance : fleet.instances) add(instance);
  }
  void add(const core::Deployment& deployment) {
    add(deployment.record.number);
    add(static_cast<int>(deployment.record.outcome));
    add(static_cast<int>(deployment.cursor));
    add(deployment.entered);
    add(deployment.spent);
    add(deployment.open);
    add(deployment.effect_done);
    add(deployment.retry_at);
    add(deployment.failures);
    add(deployment.undoing);
    add(deployment.stuck.has_value());
    add(deployment.paused.has_value());
    add(deployment.go_on);
    add(deployment.exposed);
    add(deployment.step);
    add(deployment.gating.said);
    add(deployment.gating.begun);
    for (const core::Approval& approval : deployment.gating.approvals) add(std::string_view(approval.by));
    for (const core::Checking& checking : deployment.gating.checks) {
      add(checking.open);
      add(checking.failures);
      add(checking.evidence.has_value());
    }
  }
  void add(const core::Traffic& traffic) {
    add(traffic.wanted);
    add(traffic.applied);
    add(traffic.open);
    add(traffic.failures);
    add(traffic.retry_at);
  }
  template <class T>
  void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) add(*value);
  }
  std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_ = 1;
};

}  // namespace

std::uint64_t hash_of(const runner::Transaction& transaction) {
  Sum sum;
  const core::TargetState& state = transaction.state;
  sum.add(std::string_view(transaction.target.environment));
  sum.add(std::int64_t{transaction.number});
  sum.add(transaction.time);
  sum.add(core::kind(transaction.event));
  for (const core::Effect& effect : transaction.effects) {
    sum.add(effect.id);
    sum.add(core::kind(effect.body));
  }
  for (const core::Note& note : transaction.notes) sum.add(std::string_view(note.text));
  sum.add(state.stable);
  sum.add(state.canary);
  sum.add(state.previous);
  sum.add(state.traffic);
  sum.add(state.deployment);
  sum.add(state.queued_number);
  for (const core::Release& release : state.trail) sum.add(release);
  for (const core::Freeze& freeze : state.freezes) sum.add(freeze.number);
  sum.add(state.emergency.has_value());
  for (const core::Letter& letter : state.outbox) {
    sum.add(std::string_view(letter.id));
    sum.add(letter.open);
    sum.add(letter.retry_at);
  }
  return sum.value();
}

std::uint64_t outline_of(const core::TargetState& state) {
  Sum sum;
  sum.add(state.stable.has_value());
  sum.add(state.queued.has_value());
  sum.add(state.rebooted.has_value());
  sum.add(state.traffic.open.has_value());
  sum.add(state.traffic.settled());
  if (!state.deployment) return sum.value();
  const core::Deployment& deployment = *state.deployment;
  sum.add(static_cast<int>(deployment.stage().kind));
  sum.add(deployment.record.promoted.has_value());
  sum.add(deployment.undoing);
  sum.add(deployment.stuck.has_value());
  sum.add(deployment.paused.has_value());
  sum.add(deployment.go_on);
  sum.add(deployment.open.has_value());
  sum.add(deployment.verdict ? static_cast<int>(deployment.verdict->kind) : -1);
  return sum.value();
}

}  // namespace slipway::sim
