#include "scenario/daemon.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace slipway::scenario {

namespace {

const core::Target target{"shop", "production"};

}  // namespace

Daemon::Daemon(Crashes crashes, Interference interference, People people, Listener listener)
    : crashes_(std::move(crashes)),
      interference_(std::move(interference)),
      people_(people),
      listener_(std::move(listener)) {
  start();
}

const core::TargetState& Daemon::state() const {
  static const core::TargetState unknown = [] {
    core::TargetState state;
    state.target = target;
    return state;
  }();
  const core::TargetState* known = life_->runner->find(target);
  return known == nullptr ? unknown : *known;
}

Daemon::Course Daemon::attempt(const std::function<void()>& act) {
  const std::int64_t appends = disk_.appends();
  try {
    act();
    away_ = Duration::zero();
    return Course::survived;
  } catch (const Crash&) {
    if (disk_.appends() == appends) return Course::died_without;
    away_ = Duration::zero();
    return Course::died_knowing;
  }
}

void Daemon::survive(const std::function<void()>& act) {
  if (attempt(act) != Course::survived) start();
}

void Daemon::begin_life() {
  hands_.daemon_died();
  life_ = std::make_unique<Life>();
  runner::Driver* driver = &hands_;
  runner::Journal* journal = &disk_;
  if (interference_.driver) driver = (life_->driver = interference_.driver(*driver)).get();
  if (interference_.journal) journal = (life_->journal = interference_.journal(*journal)).get();
  runner::Runner::Settings settings;
  settings.step = interference_.step;
  life_->runner.emplace(clock_, *journal, *driver, keeper_, settings);
  life_->runner->on_change(listener_);
  const Status recovered = life_->runner->recover(
      {.rebooted = booted_, .boot_id = "boot", .away = away_, .unrenewed = std::max(away_, unrenewed_)});
  CHECK(recovered.has_value());
}

void Daemon::start() {
  for (;;) {
    try {
      begin_life();
      tell_again();
      booted_ = false;
      away_ = Duration::zero();
      crashes_.recovered();
      return;
    } catch (const Crash&) {
      continue;
    }
  }
}

// A new daemon's keeper says how each instance is and that the lease is renewed, if it can be, and its judge
// how the canary is.
void Daemon::tell_again() {
  if (core::duties(state()).lease && unrenewed_ == Duration::zero())
    life_->runner->deliver(target, core::LeaseRenewed{});
  for (const core::Duties::Probe& probe : core::duties(state()).probes) {
    const auto seen = seen_.find(probe.instance);
    if (seen != seen_.end()) life_->runner->deliver(target, seen->second);
  }
  if (word_ && judged_step(word_->verdict.deployment) == word_->step)
    life_->runner->deliver(target, word_->verdict);
}

std::optional<Time> Daemon::judged_step(int deployment) const {
  const auto judging = core::duties(state()).judging;
  if (!judging || state().deployment->record.number != deployment) return std::nullopt;
  return judging->question.step;
}

void Daemon::command(const core::Event& event) {
  for (;;) {
    const Course course = attempt([&] { CHECK(life_->runner->command(target, event).has_value()); });
    if (course == Course::survived) return;
    start();
    if (course == Course::died_knowing && people_ == People::look) return;
  }
}

void Daemon::tell(const core::Event& event) {
  const bool standing = word_ && judged_step(word_->verdict.deployment) == word_->step;
  const auto* jump = std::get_if<core::ClockJumped>(&event);
  if (std::holds_alternative<core::WasAway>(event)) word_.reset();
  if (const auto* lapse = std::get_if<core::LeaseLapsed>(&event)) unrenewed_ = lapse->away;
  if (std::holds_alternative<core::LeaseRenewed>(event)) unrenewed_ = Duration::zero();
  for (;;) {
    const Course course = attempt([&] { life_->runner->deliver(target, event); });
    if (course != Course::died_without && jump != nullptr && standing && jump->by > Duration::zero())
      word_->step = std::min(word_->step + jump->by, now);
    if (course != Course::survived) start();
    if (course != Course::died_without || jump != nullptr) return;
  }
}

void Daemon::observe(const core::InstanceObserved& seen) {
  if (hands_.runs(seen.instance)) seen_[seen.instance] = seen;
  if (seen.health == core::Health::gone) hands_.end(seen.instance);
  survive([&] { life_->runner->deliver(target, seen); });
}

void Daemon::judge(const core::VerdictChanged& word) {
  if (const auto step = judged_step(word.deployment)) word_ = Word{word, *step};
  survive([&] { life_->runner->deliver(target, word); });
}

void Daemon::answer(const core::EffectId& id, const core::Outcome& outcome) {
  do {
    const core::EffectBody& body = hands_.waiting().at(id).effect.body;
    const auto* begun = std::get_if<core::StartInstance>(&body);
    if (begun != nullptr && outcome.status == core::Outcome::Status::done) seen_.erase(begun->instance);
    survive([&] { hands_.answer(id, outcome); });
  } while (hands_.waiting().contains(id));
}

void Daemon::wake() {
  survive([&] { life_->runner->wake(); });
}

void Daemon::reboot() {
  hands_.host_rebooted();
  seen_.clear();
  booted_ = true;
  start();
}

void Daemon::sleep(Duration time) {
  now += time;
  away_ = time;
}

}  // namespace slipway::scenario
