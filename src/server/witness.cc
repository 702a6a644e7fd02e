#include "server/witness.h"

#include <algorithm>

#include "base/log.h"
#include "core/judging.h"
#include "drivers/traffic/haproxy_config.h"

namespace slipway::server {
namespace {

using std::chrono::floor;
using std::chrono::seconds;
using Batch = drivers::telemetry::Telemetry::Batch;

// Records of a second that has just ended are there by then.
Duration until_next_look(Time now) {
  constexpr Duration second{1000};
  constexpr Duration after_its_beginning{50};
  constexpr Duration at_least{100};
  const Duration until = floor<seconds>(now) + after_its_beginning - now;
  return until < at_least ? until + second : until;
}

// Once it is stable, only a part of its requests is recorded.
bool has_canary_of(const core::TargetState& state, int deployment) {
  return state.canary && state.canary->deployment == deployment;
}

// Users are on the new release, or will be, and may have to go back; or alerts are armed, which would fire by
// one request of a hundred.
bool watched(const core::TargetState& state) {
  if (core::duties(state).alarm) return true;
  if (!state.deployment || state.deployment->undoing) return false;
  if (state.canary) return true;
  const core::Stage::Kind stage = state.deployment->stage().kind;
  return stage == core::Stage::Kind::verify || stage == core::Stage::Kind::bake;
}

// A clock that is put forward is followed by ours within a second; one that is ahead for longer isn't of this
// host.
Duration clock_off(const Batch& batch, Time now) {
  constexpr Duration unremarkable{2'000};
  if (batch.put_back > Duration::zero()) return -batch.put_back;
  const Duration ahead = batch.newest.value_or(now) - now;
  return ahead > unremarkable ? ahead : Duration::zero();
}

}  // namespace

Witness::Witness(Loop& loop, drivers::Workers& workers, runner::Clock& clock, Doors doors)
    : loop_(loop),
      workers_(workers),
      clock_(clock),
      doors_(std::move(doors)),
      timer_(loop.timer()),
      started_(clock.now()),
      looked_(started_),
      second_(floor<seconds>(started_)),
      hearings_(doors_.keep),
      sampling_(loop, workers,
                [this](const core::Target& target, int one_in) { return doors_.sample(target, one_in); }) {}

void Witness::start() {
  timer_->set(until_next_look(clock_.now()), [this] { look_and_again(); });
}

void Witness::look_and_again() {
  start();
  look();
}

void Witness::look() {
  constexpr Duration half_a_second{500};
  const Time now = clock_.now();
  looked_ = now;
  for (const auto& [target, state] : doors_.targets()) changed(state);
  // The second that has just ended, or is about to: clocks are set, and daemons are late. One that was looked
  // at already takes nothing more.
  const Time ended = floor<seconds>(now - half_a_second);
  const bool over = ended >= second_;
  second_ = std::max(second_, ended);
  add(doors_.take());
  experiences_.observe(doors_.targets(), now);
  experiences_.forget(doors_.targets(), now);
  for (const auto& [target, state] : doors_.targets()) {
    sample(state, now);
    weigh(state);
    follow(state);
  }
  if (over) hear(now);
  judge(now);
  alert();
}

void Witness::hear(Time now) {
  for (const auto& [target, state] : doors_.targets())
    hearings_.take(state, experiences_,
                   {.second = second_,
                    .one_in = sampling_.told(target),
                    .lost = damaged_,
                    .clock_off = clock_off_,
                    .under_way = under_way(target, now)});
  hearings_.forget(doors_.targets());
  alarms_.take(doors_.targets(), experiences_, second_);
  second_ += seconds(1);
  damaged_ = false;
  clock_off_ = Duration::zero();
}

// Sessions bet once in a deployment.
void Witness::follow(const core::TargetState& state) {
  const auto kept = followed_.find(state.target);
  if (!core::trial(state)) {
    if (kept == followed_.end()) return;
    doors_.forget_sessions(state.target);
    followed_.erase(kept);
    return;
  }
  const int deployment = state.deployment->record.number;
  if (kept != followed_.end() && kept->second == deployment) return;
  doors_.follow_sessions(state.target);
  followed_[state.target] = deployment;
}

void Witness::add(const Batch& batch) {
  received_ += batch.received;
  lost_ += batch.lost;
  forged_ += batch.forged;
  malformed_ += batch.malformed;
  // A line that can't be read is a record all the same.
  damaged_ = damaged_ || batch.lost > 0 || batch.repeated > 0 || batch.malformed > 0;
  const Duration off = clock_off(batch, clock_.now());
  if (std::chrono::abs(off) > std::chrono::abs(clock_off_)) clock_off_ = off;
  experiences_.add(batch, second_);
  for (auto& [target, loss] : losses_) {
    const auto state = doors_.targets().find(target);
    if (state == doors_.targets().end() || !has_canary_of(state->second, loss.deployment())) continue;
    if (experiences_.owner(target, loss.pool()) != loss.deployment()) continue;
    const auto backend = batch.backends.find(drivers::haproxy::backend_name(target, loss.pool()));
    if (backend != batch.backends.end()) loss.record(backend->second.recorded);
  }
}

void Witness::judge(Time now) {
  std::vector<std::pair<core::Target, core::VerdictChanged>> news;
  for (const auto& [target, state] : doors_.targets()) {
    auto verdict = hearings_.verdict(state, experiences_, started_, now);
    if (!verdict) {
      words_.erase(target);
      continue;
    }
    const int deployment = state.deployment->record.number;
    words_[target] = {deployment, *verdict};
    core::VerdictChanged word{deployment, *std::move(verdict)};
    if (core::is_news(state, word, now)) news.emplace_back(target, std::move(word));
  }
  // What can't be journalled would wait in the runner, and grow old; it is said again in a second.
  if (doors_.suspended()) return;
  for (auto& [target, verdict] : news) doors_.deliver(target, std::move(verdict));
}

void Witness::alert() {
  if (doors_.suspended()) return;
  for (auto& [target, alert] : alarms_.news(doors_.targets())) doors_.alert(target, std::move(alert));
}

void Witness::sample(const core::TargetState& state, Time now) {
  if (!state.traffic.applied) return;
  if (!state.stable || !watched(state)) return sampling_.want(state.target, one_in_at_rest, now);
  const int rate = sampling_.rate(state.target);
  const double stable = experiences_.rate(state.target, state.stable->deployment, now);
  if (!state.canary) return sampling_.want(state.target, one_in({.stable = stable}, rate), now);
  // What is going to come at this weight, not what came at the one before: a rate that followed the change
  // for seconds would leave a short step with little to compare.
  const double all = stable + experiences_.rate(state.target, state.canary->deployment, now);
  const double share = state.traffic.applied->weight / 100.0;
  const Flow flow{.stable = all * (1 - share), .canary = all * share};
  sampling_.want(state.target, one_in(flow, rate), now);
}

void Witness::changed(const core::TargetState& state) {
  if (experiences_.assigns(state)) {
    add(doors_.take());
    experiences_.assign(state);
  }
  if (state.canary) sample(state, clock_.now());
  const auto kept = losses_.find(state.target);
  if (!state.deployment ||
      (kept != losses_.end() && kept->second.deployment() == state.deployment->record.number))
    return;
  weigh(state);
}

// From before users are on the new release until nothing is under way any more; records are compared with
// what was counted as long as all of a canary's are.
void Witness::weigh(const core::TargetState& state) {
  const core::Target& target = state.target;
  const auto kept = losses_.find(target);
  if (!state.deployment) {
    if (kept != losses_.end()) losses_.erase(kept);
    weighed_.erase(target);
    to_weigh_.erase(target);
    return;
  }
  const int deployment = state.deployment->record.number;
  if (kept != losses_.end() && kept->second.deployment() != deployment) losses_.erase(kept);
  if (!state.traffic.applied || state.deployment->undoing) return;
  if (has_canary_of(state, deployment)) losses_.try_emplace(target, deployment, state.canary->pool);
  if (to_weigh_.empty()) loop_.post([this] { weigh_what_is_due(); });
  to_weigh_.insert(target);
}

void Witness::weigh_what_is_due() {
  if (weighing_ || to_weigh_.empty()) return;
  weighing_ = true;
  const std::vector<core::Target> targets(to_weigh_.begin(), to_weigh_.end());
  to_weigh_.clear();
  workers_.run([this, targets] {
    const auto counts = doors_.counts(targets);
    loop_.post([this, counts] {
      weighing_ = false;
      if (counts)
        for (const auto& [target, its] : *counts) weighed(target, its);
      weigh_what_is_due();
    });
  });
}

void Witness::weighed(const core::Target& target, const drivers::HaproxyTraffic::Counts& counts) {
  const auto state = doors_.targets().find(target);
  if (state == doors_.targets().end() || !state->second.deployment) return;
  Weighed& weighed = weighed_[target];
  weighed.at = clock_.now();
  weighed.a.look(weighed.at, counts.workers, counts.slots_a);
  weighed.b.look(weighed.at, counts.workers, counts.slots_b);
  const auto found = losses_.find(target);
  if (found == losses_.end()) return;
  Loss& loss = found->second;
  if (!has_canary_of(state->second, loss.deployment())) return;
  loss.count(loss.pool() == core::Pool::a ? counts.a : counts.b);
  if (const auto complaint = loss.complaint()) log_warning("{}: {}", target.text(), *complaint);
}

// As of a second ago, which is when the counters were asked for.
std::map<core::Pool, UnderWay::Ages> Witness::under_way(const core::Target& target, Time now) const {
  constexpr Duration too_old{5'000};
  const auto weighed = weighed_.find(target);
  if (weighed == weighed_.end() || now - weighed->second.at > too_old) return {};
  return {{core::Pool::a, weighed->second.a.ages()}, {core::Pool::b, weighed->second.b.ages()}};
}

Impression Witness::impression(const core::Target& target) const {
  Impression result{.received = received_, .lost = lost_, .forged = forged_, .malformed = malformed_};
  result.one_in = sampling_.rate(target);
  const auto found = doors_.targets().find(target);
  if (found == doors_.targets().end()) return result;
  const core::TargetState& state = found->second;
  const auto arm = [&](const std::optional<core::Fleet>& fleet) {
    return fleet ? std::optional(experiences_.arm(target, fleet->deployment, looked_)) : std::nullopt;
  };
  result.stable = arm(state.stable);
  result.canary = arm(state.canary);
  result.previous = arm(state.previous);
  if (!state.deployment) return result;
  const int deployment = state.deployment->record.number;
  if (const auto word = words_.find(target); word != words_.end() && word->second.deployment == deployment)
    result.verdict = word->second.verdict;
  if (const auto loss = losses_.find(target);
      loss != losses_.end() && loss->second.deployment() == deployment) {
    result.counted = loss->second.counted();
    result.recorded = loss->second.recorded();
  }
  return result;
}

}  // namespace slipway::server
