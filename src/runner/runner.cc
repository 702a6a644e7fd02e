#include "runner/runner.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace slipway::runner {

SLIPWAY_DEFINE_VALUE(Transaction);

namespace {

// An observation that alters nothing isn't worth a line in the journal. Commands always are: who asked what,
// and outcomes, since they close their effects.
bool means_nothing(const core::TargetState& before, const core::Event& event, const core::Step& step) {
  const bool observation =
      std::holds_alternative<core::InstanceObserved>(event) ||
      std::holds_alternative<core::TimePassed>(event) ||
      std::holds_alternative<core::VerdictChanged>(event) || std::holds_alternative<core::WasAway>(event) ||
      std::holds_alternative<core::LeaseRenewed>(event) || std::holds_alternative<core::LeaseLapsed>(event);
  if (!observation || !step.effects.empty() || !step.notes.empty() || !step.records.empty()) return false;
  core::TargetState after = step.state;
  after.events = before.events;
  after.now = before.now;
  return after == before;
}

// A routing that an earlier life asked for, and that was decided against since then: users who are back would
// meet the canary once more.
bool is_outdated(const core::TargetState& state, const core::Effect& effect) {
  const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
  return apply != nullptr && state.traffic.wanted != apply->routing;
}

}  // namespace

Runner::Runner(Clock& clock, Journal& journal, Driver& driver, Keeper& keeper)
    : Runner(clock, journal, driver, keeper, Settings{}) {}

Runner::Runner(Clock& clock, Journal& journal, Driver& driver, Keeper& keeper, Settings settings)
    : clock_(clock), journal_(journal), driver_(driver), keeper_(keeper), settings_(std::move(settings)) {}

Status Runner::recover(const Past& past) {
  TRY(std::vector<Recovered> recovered, journal_.recover());
  for (const Recovered& target : recovered) targets_[target.state.target] = target.state;
  recovering_ = true;
  for (const Recovered& target : recovered) {
    // The world that open effects spoke of is gone with a reboot; the core says anew what is to be done. Told
    // twice of the same one, it would forget what runs.
    const bool rebooted = past.rebooted && target.state.boot != past.boot_id;
    if (rebooted)
      deliver(target.state.target, core::HostRebooted{past.boot_id});
    else
      for (const core::Effect& effect : target.open) act_after_observing(effect);
    // What a daemon that died just now has journalled, of the same absence perhaps, isn't counted twice.
    const Duration silent = std::max(clock_.now() - target.state.now, Duration::zero());
    if (!rebooted && past.away && target.state.deployment)
      deliver(target.state.target, core::WasAway{std::clamp(*past.away, Duration::zero(), silent)});
    const auto lease = core::duties(target.state).lease;
    if (!rebooted && lease && past.unrenewed && *past.unrenewed > *lease)
      deliver(target.state.target, core::LeaseLapsed{*past.unrenewed});
  }
  recovering_ = false;
  keep();
  wake();
  return {};
}

Result<core::Reply> Runner::command(const core::Target& target, const core::Event& event,
                                    const std::string& origin) {
  drain_waiting();
  if (suspended_)
    return fail(ErrorKind::unavailable, "nothing new can be begun: {}. Users are served as they were",
                *suspended_);
  draining_ = true;
  auto reply = take(target, event, clock_.now(), origin);
  draining_ = false;
  drain_waiting();
  return reply;
}

void Runner::deliver(const core::Target& target, core::Event event) {
  waiting_.push_back({target, std::move(event), std::nullopt});
  drain_waiting();
}

void Runner::clock_jumped(Duration by) {
  CHECK(!draining_);
  // A boot comes before everything: what is done then is done in another world.
  const auto place = std::ranges::find_if_not(
      waiting_, [](const Waiting& next) { return std::holds_alternative<core::HostRebooted>(next.event); });
  std::vector<Waiting> jumps;
  for (const auto& [target, state] : targets_) jumps.push_back({target, core::ClockJumped{by}, std::nullopt});
  if (!jumps.empty()) waiting_.insert(place, jumps.begin(), jumps.end());
  drain_waiting();
}

void Runner::wake() {
  drain_waiting();
  if (suspended_) return;
  const Time now = clock_.now();
  std::vector<core::Target> due;
  for (const auto& [target, state] : targets_) {
    const auto next = next_wakeup(state);
    if (next && *next <= now) due.push_back(target);
  }
  for (const core::Target& target : due) deliver(target, core::TimePassed{});
}

std::optional<Time> Runner::next_wakeup() const {
  if (suspended_) return retry_at_;
  std::optional<Time> soonest;
  for (const auto& [target, state] : targets_) {
    const auto next = next_wakeup(state);
    if (next && (!soonest || *next < *soonest)) soonest = next;
  }
  return soonest;
}

std::optional<Time> Runner::next_wakeup(const core::TargetState& state) const {
  const auto found = due_.find(state.target);
  return found == due_.end() ? core::next_wakeup(state) : found->second;
}

bool Runner::recovering() const {
  return recovering_ || std::ranges::any_of(waiting_, [](const Waiting& waiting) {
           return std::holds_alternative<core::HostRebooted>(waiting.event);
         });
}

const core::TargetState* Runner::find(const core::Target& target) const {
  const auto found = targets_.find(target);
  return found == targets_.end() ? nullptr : &found->second;
}

Result<core::Reply> Runner::take(const core::Target& target, const core::Event& event, Time at,
                                 const std::string& origin) {
  core::TargetState before;
  before.target = target;
  if (const core::TargetState* known = find(target)) before = *known;
  const Time now = std::max(at, before.now);
  core::Step step = settings_.step(before, event, now);

  if (means_nothing(before, event, step)) {
    // Not due again by what was looked at just now: a bake that waits for the judge is woken for once.
    if (std::holds_alternative<core::TimePassed>(event)) due_[target] = core::next_wakeup(step.state);
    return step.reply;
  }
  Transaction transaction;
  transaction.target = target;
  transaction.number = step.state.events;
  transaction.time = now;
  transaction.event = event;
  transaction.state = std::move(step.state);
  transaction.effects = std::move(step.effects);
  transaction.records = std::move(step.records);
  transaction.notes = std::move(step.notes);
  transaction.reply = std::move(step.reply);
  transaction.origin = origin;
  if (const auto* outcome = std::get_if<core::EffectEnded>(&event)) transaction.closes = outcome->id;
  if (auto written = journal_.append(transaction); !written) {
    suspend(written.error().message);
    return std::unexpected(std::move(written.error()));
  }
  targets_[target] = transaction.state;
  due_.erase(target);
  if (listener_) listener_(transaction);
  for (const core::Effect& effect : transaction.effects) act(effect);
  keep();
  return transaction.reply;
}

void Runner::act(const core::Effect& effect) {
  driver_.perform(effect, [this, effect](core::Outcome outcome) { ended(effect, std::move(outcome)); });
}

void Runner::act_after_observing(const core::Effect& effect) {
  driver_.observe(effect, [this, effect](std::optional<core::Outcome> seen) {
    if (seen) return ended(effect, std::move(*seen));
    if (!is_outdated(targets_.at(effect.id.target), effect)) return act(effect);
    core::Outcome outcome;
    outcome.status = core::Outcome::Status::unavailable;
    outcome.message = "what it was to be told before the restart is no longer wanted";
    ended(effect, std::move(outcome));
  });
}

void Runner::ended(const core::Effect& effect, core::Outcome outcome) {
  deliver(effect.id.target, core::EffectEnded{effect.id, std::move(outcome)});
}

// One event after the other, also when acting on one brings the next at once.
void Runner::drain_waiting() {
  if (draining_ || (suspended_ && clock_.now() < retry_at_)) return;
  draining_ = true;
  const bool was_suspended = suspended_.has_value();
  // An event that means nothing is taken without a word to the journal, so it can't tell whether it can be
  // written.
  if (suspended_) {
    if (auto written = journal_.check(); !written)
      suspend(std::move(written.error().message));
    else
      resume();
  }
  while (!suspended_ && !waiting_.empty()) {
    const Waiting next = waiting_.front();
    if (!take(next.target, next.event, next.at.value_or(clock_.now()))) break;
    waiting_.pop_front();
  }
  draining_ = false;
  if (was_suspended && !suspended_) keep();
}

// That a lease ran out is heard of before what else waits, a jump of the clock too: as of the last event,
// when nothing else was due.
void Runner::resume() {
  log_info("the journal can be written again");
  suspended_.reset();
  if (recovering()) return;
  const std::deque<Waiting> before = std::exchange(waiting_, {});
  keep();
  const std::deque<Waiting> told = std::exchange(waiting_, {});
  const auto is_over = [&](const Waiting& renewed) {
    return std::ranges::any_of(told, [&](const Waiting& next) { return next.target == renewed.target; });
  };
  std::deque<Waiting> others;
  for (const auto* each : {&before, &told})
    for (const Waiting& next : *each) {
      if (std::holds_alternative<core::LeaseLapsed>(next.event))
        waiting_.push_back({next.target, next.event, targets_.at(next.target).now});
      else if (!std::holds_alternative<core::LeaseRenewed>(next.event) || !is_over(next))
        others.push_back(next);
    }
  for (Waiting& next : others) waiting_.push_back(std::move(next));
}

void Runner::suspend(std::string why) {
  if (!suspended_) log_error("{}; nothing new is begun until it can be written", why);
  suspended_ = std::move(why);
  retry_at_ = clock_.now() + settings_.retry_journal;
  keep();
}

void Runner::keep() {
  if (recovering()) return;
  std::map<core::Target, core::Duties> duties;
  for (const auto& [target, state] : targets_) {
    core::Duties own = core::duties(state);
    if (suspended_) own.lease.reset();
    if (!own.probes.empty() || own.lease) duties.emplace(target, std::move(own));
  }
  keeper_.keep(duties);
}

}  // namespace slipway::runner
