#include "sim/people.h"

#include <algorithm>

#include "base/check.h"
#include "sim/draw.h"

namespace slipway::sim {
namespace {

using Kind = Entry::Kind;

judge::Trigger trigger(judge::Trigger::Metric metric, std::int64_t threshold, std::int64_t seconds) {
  judge::Trigger trigger;
  trigger.metric = metric;
  trigger.threshold = threshold;
  trigger.duration = Duration(seconds * 1000);
  return trigger;
}

core::Bound bound_of(const Plan& plan, int index, int revision) {
  const Place& place = plan.places[static_cast<std::size_t>(index)];
  Draw draw(mix(
      {plan.seed, mix("bound"), static_cast<std::uint64_t>(index), static_cast<std::uint64_t>(revision)}));
  core::Bound bound;
  // Now and then a release listens elsewhere, or has other instances.
  bound.listen = fmt::format("127.0.0.1:{}", 8000 + index * 10 + (draw.chance(1, 8) ? 1 : 0));
  bound.run.command = {"./shop"};
  bound.run.instances = draw.chance(1, 8) ? static_cast<int>(draw.between(1, 4)) : place.instances;
  bound.run.health.host = "shop.example.com";
  bound.run.health.panic = 50;
  bound.run.health.grace = place.grace;
  bound.run.drain = place.drain;
  bound.run.progress_deadline = place.progress;
  bound.strategy = {place.steps, place.undecided, place.bake, place.lease};
  bound.strategy.compared = place.judged;
  bound.strategy.judge.literal = !place.sequential;
  bound.gates = gates_of(place.gate);
  bound.notifications = channels_of(place.gate);
  if (place.judged) {
    bound.rollback_triggers = {trigger(judge::Trigger::Metric::error_rate, 50'000, 5),
                               trigger(judge::Trigger::Metric::response_time, 500, 8),
                               trigger(judge::Trigger::Metric::health_check, 500'000, 6)};
  }
  // What the proxy can't be told without a reload: the first is the release's own, the other its pool's.
  if (draw.chance(1, 6)) bound.preview = fmt::format("127.0.0.1:{}", 9000 + index * 10);
  if (draw.chance(1, 8)) bound.run.health.path = "/healthz";
  if (place.smoke != 0) {
    core::SmokeTest test;
    test.name = "shop";
    test.get = "/";
    test.when = place.smoke == 3   ? core::SmokeTest::When::both
                : place.smoke == 1 ? core::SmokeTest::When::canary
                                   : core::SmokeTest::When::promoted;
    bound.smoke_tests = {test};
  }
  return bound;
}

core::Request request(const Plan& plan, int place, int revision, core::Request::Kind kind) {
  core::Request request;
  request.kind = kind;
  request.release = {revision, fmt::format("1.{}.0", revision),
                     std::string(64, static_cast<char>('a' + revision % 6))};
  request.bound = bound_of(plan, place, revision);
  request.by = "alice";
  request.calendar = slots_of(plan.places[static_cast<std::size_t>(place)].gate);
  return request;
}

// The release to go back to, of those that users of this target had whole.
std::optional<core::Request> earlier(const Plan& plan, int place, const core::TargetState* state,
                                     std::optional<int> revision) {
  if (state == nullptr) return std::nullopt;
  const int now = state->stable ? state->stable->release.revision : 0;
  for (auto release = state->trail.rbegin(); release != state->trail.rend(); ++release)
    if (revision ? release->revision == *revision : release->revision != now)
      return request(plan, place, release->revision, core::Request::Kind::rollback);
  return std::nullopt;
}

core::RollbackRequested rollback(const Plan& plan, const Entry& entry, const core::TargetState* state) {
  core::RollbackRequested event{.by = "bob"};
  if (entry.kind == Kind::rollback_to) event.revision = static_cast<int>(entry.number);
  event.force = entry.kind == Kind::rollback_force;
  event.earlier = earlier(plan, entry.place, state, event.revision);
  return event;
}

}  // namespace

// The author first.
std::string person(std::int64_t number) {
  static constexpr std::string_view names[] = {"alice", "bob", "carol", "dave"};
  return std::string(names[number % 4]);
}

core::EmergencyRequested emergency(const Plan& plan, const Entry& entry, Time now) {
  core::EmergencyRequested event{person(entry.number), "checkout is down", now + entry.lasts, {}};
  event.rule.people = plan.places[static_cast<std::size_t>(entry.place)].gate.people;
  return event;
}

core::DeployRequested deploy(const Plan& plan, const Entry& entry, const std::vector<core::Proof>& proofs,
                             Time now) {
  core::DeployRequested event{
      request(plan, entry.place, static_cast<int>(entry.number), core::Request::Kind::deploy),
      entry.kind == Kind::deploy_end_bake};
  event.request.proofs = proofs;
  event.request.wait = entry.kind == Kind::deploy_waiting;
  if (entry.kind == Kind::deploy_later) event.request.not_before = now + entry.lasts;
  return event;
}

bool is_command(Kind kind) {
  return kind <= Kind::emergency;
}

bool waits_for_a_person(const core::TargetState& state) {
  if (!state.deployment) return false;
  if (state.deployment->paused) return true;
  if (!state.deployment->gating.request || state.deployment->stage().kind != core::Stage::Kind::checklist)
    return false;
  return std::ranges::all_of(state.deployment->gating.checks, [](const core::Checking& checking) {
    return checking.evidence || checking.check.kind == core::Check::Kind::attest;
  });
}

core::Event command_of(const Plan& plan, const Entry& entry, const core::TargetState* state,
                       const std::vector<core::Proof>& proofs, Time now) {
  switch (entry.kind) {
    case Kind::deploy:
    case Kind::deploy_end_bake:
    case Kind::deploy_waiting:
    case Kind::deploy_later:
      return deploy(plan, entry, proofs, now);
    case Kind::rollback:
    case Kind::rollback_to:
    case Kind::rollback_force:
      return rollback(plan, entry, state);
    case Kind::abort:
      return core::AbortRequested{"bob", ""};
    case Kind::promote:
      return core::PromoteRequested{"carol", ""};
    case Kind::pause:
      return core::PauseRequested{"carol", ""};
    case Kind::resume:
      return core::ResumeRequested{"carol", ""};
    case Kind::approve:
      return core::ApprovalGiven{person(entry.number), ""};
    case Kind::decline:
      return core::ApprovalDeclined{person(entry.number), "not now"};
    case Kind::attest:
      return core::Attested{"bob", check_name(static_cast<int>(entry.number % 3)), "", ""};
    case Kind::override_check:
      return core::CheckOverridden{"bob", check_name(static_cast<int>(entry.number % 3)), "it can't wait"};
    case Kind::freeze: {
      const Time from = now + Duration(entry.number);
      return core::FreezeRequested{"carol", "an audit", from, from + entry.lasts};
    }
    case Kind::unfreeze:
      return core::FreezeLifted{"carol", "", static_cast<int>(entry.number)};
    case Kind::emergency:
      return emergency(plan, entry, now);
    case Kind::proxy_unavailable:
    case Kind::proxy_lost:
    case Kind::proxy_slow:
    case Kind::proxy_half:
    case Kind::proxy_late:
    case Kind::proxy_refuses:
    case Kind::proxy_deaf:
    case Kind::reload_half:
    case Kind::checks_hang:
    case Kind::shunned:
    case Kind::renewals_fail:
    case Kind::engine_unavailable:
    case Kind::smoke_unavailable:
    case Kind::telemetry_lost:
    case Kind::canary_unheard:
    case Kind::journal_full:
    case Kind::checks_unavailable:
    case Kind::receiver_down:
    case Kind::receiver_slow:
    case Kind::receiver_busy:
    case Kind::receiver_refuses:
    case Kind::daemon_away:
    case Kind::dies_before_append:
    case Kind::dies_after_append:
    case Kind::dies_after_effect:
    case Kind::dies_before_outcome:
    case Kind::dies_while_routing:
    case Kind::append_fails:
    case Kind::instance_gone:
    case Kind::instance_crashes:
    case Kind::proxy_restarts:
    case Kind::host_reboots:
    case Kind::power_fails:
    case Kind::tail_lost:
    case Kind::clock_jumps:
    case Kind::starts_slowly:
    case Kind::never_healthy:
    case Kind::keeps_crashing:
    case Kind::leaks:
    case Kind::no_such_program:
    case Kind::fails_requests:
    case Kind::fails_a_few:
    case Kind::fails_at_load:
    case Kind::slow_requests:
    case Kind::fails_smoke:
    case Kind::holds_requests:
    case Kind::fails_check:
      break;
  }
  CHECK(is_command(entry.kind));
  return core::TimePassed{};
}

}  // namespace slipway::sim
