#include "sim/meddling.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

namespace slipway::sim {
namespace {

using core::Outcome;

// Doors that let all through, but for what a bug does instead.
class OtherDriver final : public runner::Driver {
 public:
  using Perform = std::function<void(runner::Driver&, const core::Effect&, Done)>;
  using Observe = std::function<void(runner::Driver&, const core::Effect&, Seen)>;
  OtherDriver(runner::Driver& real, Perform perform, Observe observe)
      : real_(real), perform_(std::move(perform)), observe_(std::move(observe)) {}
  void observe(const core::Effect& effect, Seen seen) override {
    observe_ ? observe_(real_, effect, std::move(seen)) : real_.observe(effect, std::move(seen));
  }
  void perform(const core::Effect& effect, Done done) override {
    perform_ ? perform_(real_, effect, std::move(done)) : real_.perform(effect, std::move(done));
  }

 private:
  runner::Driver& real_;
  Perform perform_;
  Observe observe_;
};

class OtherJournal final : public runner::Journal {
 public:
  using Append = std::function<Status(runner::Journal&, const runner::Transaction&)>;
  using Recover = std::function<Result<std::vector<runner::Recovered>>(runner::Journal&)>;
  OtherJournal(runner::Journal& real, Append append, Recover recover)
      : real_(real), append_(std::move(append)), recover_(std::move(recover)) {}
  Status append(const runner::Transaction& transaction) override {
    return append_ ? append_(real_, transaction) : real_.append(transaction);
  }
  Result<std::vector<runner::Recovered>> recover() override {
    return recover_ ? recover_(real_) : real_.recover();
  }
  Status check() override { return real_.check(); }

 private:
  runner::Journal& real_;
  Append append_;
  Recover recover_;
};

class OtherKeeper final : public runner::Keeper {
 public:
  using Keep = std::function<void(std::map<core::Target, core::Duties>&)>;
  OtherKeeper(runner::Keeper& real, Keep keep) : real_(real), keep_(std::move(keep)) {}
  void keep(const std::map<core::Target, core::Duties>& duties) override {
    auto other = duties;
    keep_(other);
    real_.keep(other);
  }

 private:
  runner::Keeper& real_;
  Keep keep_;
};

Interference performing(OtherDriver::Perform perform) {
  Interference interference;
  interference.driver = [perform](runner::Driver& real) {
    return std::make_unique<OtherDriver>(real, perform, nullptr);
  };
  return interference;
}

Interference observing(OtherDriver::Observe observe) {
  Interference interference;
  interference.driver = [observe](runner::Driver& real) {
    return std::make_unique<OtherDriver>(real, nullptr, observe);
  };
  return interference;
}

Interference journalling(OtherJournal::Append append, OtherJournal::Recover recover) {
  Interference interference;
  interference.journal = [append, recover](runner::Journal& real) {
    return std::make_unique<OtherJournal>(real, append, recover);
  };
  return interference;
}

Interference keeping(OtherKeeper::Keep keep) {
  Interference interference;
  interference.keeper = [keep](runner::Keeper& real) { return std::make_unique<OtherKeeper>(real, keep); };
  return interference;
}

Interference hearing(std::function<std::optional<core::Event>(const core::Target&, core::Event)> heard) {
  Interference interference;
  interference.heard = std::move(heard);
  return interference;
}

template <class Body>
bool is(const core::Effect& effect) {
  return std::holds_alternative<Body>(effect.body);
}

// What is asked for is answered as done, and isn't done.
template <class Body>
Interference skipping() {
  return performing([](runner::Driver& real, const core::Effect& effect, runner::Driver::Done done) {
    if (!is<Body>(effect)) return real.perform(effect, std::move(done));
    core::Effect other = effect;
    real.observe(effect, [done](std::optional<Outcome>) { done(Outcome{}); });
  });
}

// An outcome that isn't `done` is taken for it.
template <class Body>
Interference taking_for_done() {
  return performing([](runner::Driver& real, const core::Effect& effect, runner::Driver::Done done) {
    if (!is<Body>(effect)) return real.perform(effect, std::move(done));
    real.perform(effect, [done](Outcome outcome) {
      outcome.status = Outcome::Status::done;
      done(std::move(outcome));
    });
  });
}

Interference acts_before_journalling() {
  const auto driver = std::make_shared<runner::Driver*>(nullptr);
  Interference interference;
  interference.driver = [driver](runner::Driver& real) {
    *driver = &real;
    return std::make_unique<OtherDriver>(real, nullptr, nullptr);
  };
  interference.journal = [driver](runner::Journal& real) {
    return std::make_unique<OtherJournal>(
        real,
        [driver](runner::Journal& journal, const runner::Transaction& transaction) {
          for (const core::Effect& effect : transaction.effects)
            (*driver)->perform(effect, [](const Outcome&) {});
          return journal.append(transaction);
        },
        nullptr);
  };
  return interference;
}

Interference forgets_the_lease() {
  return keeping([](auto& duties) {
    for (auto& [target, duty] : duties) duty.lease.reset();
  });
}

Interference never_lets_go_of_the_lease() {
  const auto known = std::make_shared<std::map<core::Target, Duration>>();
  return keeping([known](auto& duties) {
    for (auto& [target, duty] : duties) {
      if (duty.lease) (*known)[target] = *duty.lease;
      if (const auto lease = known->find(target); lease != known->end()) duty.lease = lease->second;
    }
  });
}

// As if a promotion was done once it is decided.
Interference lets_go_of_the_lease_while_it_promotes() {
  const auto promoting = std::make_shared<std::set<core::Target>>();
  Interference interference = keeping([promoting](auto& duties) {
    for (auto& [target, duty] : duties)
      if (promoting->contains(target)) duty.lease.reset();
  });
  interference.step = [promoting](core::TargetState state, const core::Event& event, Time now) {
    core::Step step = core::step(std::move(state), event, now);
    const auto& wanted = step.state.traffic.wanted;
    if (wanted && wanted->weight == 0)
      promoting->insert(step.state.target);
    else
      promoting->erase(step.state.target);
    return step;
  };
  return interference;
}

Interference counts_a_missing_metric_as_healthy() {
  return hearing([](const core::Target&, core::Event event) {
    if (auto* word = std::get_if<core::VerdictChanged>(&event);
        word != nullptr && word->verdict.kind == judge::Verdict::Kind::undecided)
      word->verdict.kind = judge::Verdict::Kind::healthy;
    return std::optional(std::move(event));
  });
}

Interference overhears_an_unhealthy_verdict() {
  return hearing([](const core::Target&, core::Event event) -> std::optional<core::Event> {
    const auto* word = std::get_if<core::VerdictChanged>(&event);
    if (word != nullptr && word->verdict.kind == judge::Verdict::Kind::unhealthy) return std::nullopt;
    return event;
  });
}

Interference takes_starting_for_healthy() {
  return hearing([](const core::Target&, core::Event event) {
    if (auto* seen = std::get_if<core::InstanceObserved>(&event);
        seen != nullptr && seen->health == core::Health::starting)
      seen->health = core::Health::healthy;
    return std::optional(std::move(event));
  });
}

Interference takes_a_jump_for_time() {
  return hearing([](const core::Target&, core::Event event) -> std::optional<core::Event> {
    if (std::holds_alternative<core::ClockJumped>(event)) return std::nullopt;
    return event;
  });
}

Interference overhears_a_lapsed_lease() {
  return hearing([](const core::Target&, core::Event event) -> std::optional<core::Event> {
    if (std::holds_alternative<core::LeaseLapsed>(event)) return std::nullopt;
    return event;
  });
}

Interference loses_an_outcome() {
  return performing([](runner::Driver& real, const core::Effect& effect, runner::Driver::Done done) {
    if (effect.id.event % 7 != 3) return real.perform(effect, std::move(done));
    real.perform(effect, [](const Outcome&) {});
  });
}

Interference does_effects_twice() {
  return performing([](runner::Driver& real, const core::Effect& effect, runner::Driver::Done done) {
    real.perform(effect, done);
    real.perform(effect, [](const Outcome&) {});
  });
}

Interference drops_effects_after_recovery() {
  return journalling(nullptr, [](runner::Journal& real) {
    auto recovered = real.recover();
    for (runner::Recovered& one : *recovered) one.open.clear();
    return recovered;
  });
}

Interference looks_at_nothing_after_recovery() {
  return observing(
      [](runner::Driver&, const core::Effect&, const runner::Driver::Seen& seen) { seen(std::nullopt); });
}

Interference believes_all_was_done() {
  return observing([](runner::Driver& real, const core::Effect& effect, runner::Driver::Seen seen) {
    real.observe(effect, [seen](std::optional<Outcome> outcome) { seen(outcome.value_or(Outcome{})); });
  });
}

Interference tells_the_proxy_another_weight() {
  return performing([](runner::Driver& real, const core::Effect& effect, runner::Driver::Done done) {
    core::Effect other = effect;
    if (auto* apply = std::get_if<core::ApplyRouting>(&other.body);
        apply != nullptr && apply->routing.weight > 0)
      apply->routing.weight = 100;
    real.perform(other, std::move(done));
  });
}

Interference forgets_to_write() {
  return journalling(
      [](runner::Journal& real, const runner::Transaction& transaction) {
        return transaction.number % 11 == 5 ? Status{} : real.append(transaction);
      },
      nullptr);
}

Interference stops_before_users_left() {
  return performing([](runner::Driver& real, const core::Effect& effect, runner::Driver::Done done) {
    const auto* apply = std::get_if<core::ApplyRouting>(&effect.body);
    if (apply == nullptr || apply->routing.weight > 0 || apply->routing.previewed)
      return real.perform(effect, std::move(done));
    real.observe(effect, [done](std::optional<Outcome>) { done(Outcome{}); });
  });
}

// Routings that wait for each other, by what they have in common.
class Lines {
 public:
  void perform(const std::string& line, runner::Driver& real, const core::Effect& effect,
               runner::Driver::Done done) {
    auto& waiting = lines_[line];
    waiting.push_back([this, line, &real, effect, done = std::move(done)] {
      real.perform(effect, [this, line, done](Outcome outcome) {
        done(std::move(outcome));
        lines_[line].pop_front();
        if (!lines_[line].empty()) lines_[line].front()();
      });
    });
    if (waiting.size() == 1) waiting.front()();
  }

 private:
  std::map<std::string, std::deque<std::function<void()>>> lines_;
};

// In each life anew.
Interference routing_in_lines(std::string (*line_of)(const core::Target&)) {
  Interference interference;
  interference.driver = [line_of](runner::Driver& real_one) {
    return std::make_unique<OtherDriver>(
        real_one,
        [line_of, lines = std::make_shared<Lines>()](runner::Driver& real, const core::Effect& effect,
                                                     runner::Driver::Done done) {
          if (!is<core::ApplyRouting>(effect)) return real.perform(effect, std::move(done));
          lines->perform(line_of(effect.id.target), real, effect, std::move(done));
        },
        nullptr);
  };
  return interference;
}

Interference tells_one_target_after_the_other() {
  return routing_in_lines([](const core::Target&) { return std::string(); });
}

Interference waits_for_what_it_asked_for_before() {
  return routing_in_lines([](const core::Target& target) { return target.text(); });
}

}  // namespace

std::vector<Bug> all_bugs() {
  std::vector<Bug> all{
      {"acts before journalling", {"intent"}, acts_before_journalling},
      {"forgets the lease", {"hold", "kept"}, forgets_the_lease},
      {"lets go of the lease while it promotes", {"kept"}, lets_go_of_the_lease_while_it_promotes},
      {"never lets go of the lease", {"lease"}, never_lets_go_of_the_lease},
      {"counts a missing metric as healthy", {"judged"}, counts_a_missing_metric_as_healthy},
      {"overhears an unhealthy verdict", {"heeded"}, overhears_an_unhealthy_verdict},
      {"takes starting for healthy", {"tested"}, takes_starting_for_healthy},
      {"takes a jump of the clock for time that passed", {"hold", "bake"}, takes_a_jump_for_time},
      {"overhears a lapsed lease", {"hold"}, overhears_a_lapsed_lease},
      {"loses an outcome", {"ends"}, loses_an_outcome},
      {"does effects twice", {"once"}, does_effects_twice},
      {"drops effects after recovery", {"ends", "applied", "left-behind"}, drops_effects_after_recovery},
      {"looks at nothing after recovery", {"observed-first"}, looks_at_nothing_after_recovery},
      {"believes after recovery that all was done",
       {"applied", "ends", "left-behind", "tested"},
       believes_all_was_done},
      {"tells the proxy another weight", {"intent"}, tells_the_proxy_another_weight},
      {"forgets to write", {"numbers", "recovery", "intent"}, forgets_to_write},
      {"takes failed smoke tests for passed", {"tested"}, taking_for_done<core::RunSmokeTests>},
      {"takes a proxy that wasn't told for one that was", {"applied"}, taking_for_done<core::ApplyRouting>},
      {"takes an instance that wasn't stopped for one that was",
       {"left-behind"},
       taking_for_done<core::StopInstance>},
      {"doesn't wait for requests in flight", {"drained"}, skipping<core::AwaitDrained>},
      {"stops before users left", {"applied", "serving"}, stops_before_users_left},
      {"waits for another target's reload", {"unhindered", "prompt"}, tells_one_target_after_the_other},
      {"waits for its own reload before it takes users back",
       {"unhindered"},
       waits_for_what_it_asked_for_before},
  };
  std::ranges::move(mistakes_of_steps(), std::back_inserter(all));
  std::ranges::move(mistakes_at_gates(), std::back_inserter(all));
  std::ranges::move(mistakes_of_witnesses(), std::back_inserter(all));
  return all;
}

}  // namespace slipway::sim
