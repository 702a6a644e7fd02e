#include "runner/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "journal/memory_journal.h"

namespace slipway::runner {
namespace {

using testing::HasSubstr;

class HandClock final : public Clock {
 public:
  Time now() override { return time; }
  Time time{Duration{1'800'000'000'000}};
};

// A small working world: what was done stays done, whoever asks, and the answers wait until they are let out.
class World final : public Driver {
 public:
  explicit World(const journal::MemoryJournal& journal) : journal_(journal) {}

  void observe(const core::Effect& effect, Seen seen) override {
    observed.push_back(effect.id);
    const auto found = done_.find(effect.id);
    seen(found == done_.end() ? std::nullopt : std::optional(found->second));
  }

  void perform(const core::Effect& effect, Done done) override {
    const bool journalled = std::ranges::any_of(journal_.transactions(), [&](const Transaction& t) {
      return std::ranges::find(t.effects, effect) != t.effects.end();
    });
    EXPECT_TRUE(journalled) << effect.id.text() << " was done before it was durable";
    performed.push_back(effect.id);
    core::Outcome outcome;
    if (std::holds_alternative<core::StartInstance>(effect.body)) outcome.port = 20'000;
    done_[effect.id] = outcome;
    if (!lose_answers) answers_.push_back([done = std::move(done), outcome] { done(outcome); });
  }

  bool answer_one() {
    if (answers_.empty()) return false;
    const auto answer = std::move(answers_.front());
    answers_.pop_front();
    answer();
    return true;
  }

  void lose_what_is_on_its_way() { answers_.clear(); }

  bool lose_answers = false;
  std::vector<core::EffectId> observed;
  std::vector<core::EffectId> performed;

 private:
  const journal::MemoryJournal& journal_;
  std::map<core::EffectId, core::Outcome> done_;
  std::deque<std::function<void()>> answers_;
};

class Duties final : public Keeper {
 public:
  void keep(const std::map<core::Target, core::Duties>& duties) override { now = duties; }
  std::map<core::Target, core::Duties> now;
};

const core::Target target{"shop", "production"};

core::DeployRequested deployment(const std::string& version,
                                 std::vector<core::CanaryStep> steps = {{100, {}}}) {
  core::DeployRequested event;
  event.request.release = {version == "1.0.0" ? 1 : 2, version, std::string(64, 'd')};
  event.request.bound.listen = "127.0.0.1:8080";
  event.request.bound.strategy.steps = std::move(steps);
  event.request.by = "alice";
  return event;
}

class RunnerTest : public testing::Test {
 protected:
  Runner& start(Runner::Past past = {}) {
    runner_ = std::make_unique<Runner>(clock, journal, world, duties);
    EXPECT_TRUE(runner_->recover(past).has_value());
    return *runner_;
  }

  // Until nothing more happens without time passing.
  void run(Runner& runner) {
    for (;;) {
      while (world.answer_one()) {
      }
      bool changed = false;
      for (const auto& [where, own] : std::map(duties.now)) {
        for (const auto& probe : own.probes) {
          const core::InstanceObserved healthy{probe.instance, core::Health::healthy, "", 0};
          const auto before = journal.transactions().size();
          runner.deliver(where, healthy);
          changed = changed || journal.transactions().size() != before;
        }
      }
      if (!changed) return;
    }
  }

  HandClock clock;
  journal::MemoryJournal journal;
  World world{journal};
  Duties duties;

 private:
  std::unique_ptr<Runner> runner_;
};

TEST_F(RunnerTest, JournalsEveryIntentBeforeItActs) {
  Runner& runner = start();
  const auto reply = runner.command(target, deployment("1.0.0"));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->deployment, 1);
  run(runner);  // World checks that each effect is in the journal when it is asked for
  ASSERT_TRUE(runner.find(target)->stable.has_value());
  EXPECT_EQ(runner.find(target)->stable->release.version, "1.0.0");
}

TEST_F(RunnerTest, AfterACrashObservesFirstAndDoesNothingTwice) {
  Runner& before = start();
  world.lose_answers = true;  // the daemon dies before the answer arrives
  ASSERT_TRUE(before.command(target, deployment("1.0.0")).has_value());
  ASSERT_EQ(world.performed.size(), 1U);

  world.lose_answers = false;
  Runner& after = start();
  run(after);
  EXPECT_EQ(after.find(target)->stable->release.version, "1.0.0");
  std::vector<core::EffectId> once = world.performed;
  std::ranges::sort(once);
  EXPECT_TRUE(std::ranges::adjacent_find(once) == once.end()) << "an effect was done twice";
  EXPECT_EQ(world.observed.front(), once.front());
}

TEST_F(RunnerTest, ACrashBetweenAnyTwoTransactionsEndsAsNone) {
  {
    Runner& runner = start();
    ASSERT_TRUE(runner.command(target, deployment("1.0.0")).has_value());
    run(runner);
    ASSERT_TRUE(runner.command(target, deployment("1.1.0")).has_value());
    run(runner);
    clock.time += Duration{30'000};
    runner.wake();
    run(runner);
  }
  const std::size_t whole = journal.transactions().size();
  const core::TargetState expected = journal.transactions().back().state;

  for (std::size_t crash_at = 1; crash_at < whole; ++crash_at) {
    HandClock own_clock;
    journal::MemoryJournal own_journal;
    World own_world(own_journal);
    Duties own_duties;
    auto runner = std::make_unique<Runner>(own_clock, own_journal, own_world, own_duties);
    ASSERT_TRUE(runner->recover({}).has_value());
    bool crashed = false;
    const auto maybe_crash = [&] {
      if (crashed || own_journal.transactions().size() < crash_at) return;
      crashed = true;
      own_world.lose_what_is_on_its_way();
      runner = std::make_unique<Runner>(own_clock, own_journal, own_world, own_duties);
      ASSERT_TRUE(runner->recover({}).has_value());
    };
    const auto run_all = [&] {
      for (bool busy = true; busy;) {
        busy = own_world.answer_one();
        maybe_crash();
        if (busy) continue;
        for (const auto& [where, own] : std::map(own_duties.now)) {
          for (const auto& probe : own.probes) {
            const auto before = own_journal.transactions().size();
            runner->deliver(where, core::InstanceObserved{probe.instance, core::Health::healthy, "", 0});
            busy = busy || own_journal.transactions().size() != before;
          }
        }
        maybe_crash();
      }
    };
    ASSERT_TRUE(runner->command(target, deployment("1.0.0")).has_value());
    maybe_crash();
    run_all();
    ASSERT_TRUE(runner->command(target, deployment("1.1.0")).has_value());
    maybe_crash();
    run_all();
    own_clock.time += Duration{30'000};
    runner->wake();
    run_all();
    core::TargetState actual = *runner->find(target);
    EXPECT_EQ(actual.stable->release, expected.stable->release) << "crashed after transaction " << crash_at;
    EXPECT_FALSE(actual.deployment.has_value()) << "crashed after transaction " << crash_at;
    EXPECT_FALSE(actual.previous.has_value()) << "crashed after transaction " << crash_at;
    EXPECT_EQ(actual.traffic.applied, expected.traffic.applied) << "crashed after transaction " << crash_at;
  }
}

TEST_F(RunnerTest, WithoutAJournalNothingBeginsAndNoLeaseIsRenewed) {
  Runner& runner = start();
  ASSERT_TRUE(runner.command(target, deployment("1.0.0")).has_value());
  run(runner);
  ASSERT_TRUE(runner.command(target, deployment("1.1.0", {{25, Duration{600'000}}, {100, {}}})).has_value());
  run(runner);
  ASSERT_TRUE(duties.now[target].lease.has_value());

  journal.fail_next(3);
  const auto refused = runner.command(target, core::AbortRequested{"bob", ""});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(runner.suspended().has_value());
  EXPECT_FALSE(duties.now[target].lease.has_value());
  EXPECT_FALSE(runner.find(target)->deployment->undoing) << "what couldn't be journalled didn't happen";

  // What the world says meanwhile waits, and the journal is tried again by itself.
  runner.deliver(target, core::InstanceObserved{{1, 1}, core::Health::unhealthy, "status 500", 0});
  for (int tries = 0; tries < 5 && runner.suspended(); ++tries) {
    clock.time = *runner.next_wakeup();
    runner.wake();
  }
  EXPECT_FALSE(runner.suspended().has_value());
  EXPECT_TRUE(duties.now[target].lease.has_value());
  EXPECT_EQ(runner.find(target)->stable->instances[0].health, core::Health::unhealthy);
}

TEST_F(RunnerTest, OfAClockThatJumpedWhileNothingCouldBeJournalledIsHeardBeforeWhatHadToWait) {
  Runner& runner = start();
  ASSERT_TRUE(runner.command(target, deployment("1.0.0")).has_value());
  run(runner);
  ASSERT_TRUE(runner.command(target, deployment("2.0.0", {{10, Duration(60'000)}, {100, {}}})).has_value());
  run(runner);
  ASSERT_EQ(runner.find(target)->traffic.applied->weight, 10);
  const auto before = journal.transactions().size();

  constexpr Duration jump{300'000};
  const auto& canary = runner.find(target)->canary->instances.front();
  journal.fail_next(1);
  runner.deliver(target, core::InstanceObserved{canary.name, core::Health::unhealthy, "status 503", 0});
  ASSERT_TRUE(runner.suspended().has_value());
  clock.time += jump;
  runner.clock_jumped(jump);
  for (int tries = 0; tries < 5 && journal.transactions().size() < before + 2; ++tries) {
    clock.time += Duration(1000);
    runner.wake();
  }
  ASSERT_GE(journal.transactions().size(), before + 2);
  EXPECT_TRUE(std::holds_alternative<core::ClockJumped>(journal.transactions()[before].event));
  EXPECT_TRUE(std::holds_alternative<core::InstanceObserved>(journal.transactions()[before + 1].event));
  EXPECT_EQ(runner.find(target)->traffic.wanted->weight, 10) << "the hold of a minute is over after seconds";
}

TEST_F(RunnerTest, AnObservationThatChangesNothingIsNotJournalled) {
  Runner& runner = start();
  ASSERT_TRUE(runner.command(target, deployment("1.0.0")).has_value());
  run(runner);
  const std::size_t before = journal.transactions().size();
  runner.deliver(target, core::InstanceObserved{{1, 1}, core::Health::healthy, "", 0});
  EXPECT_EQ(journal.transactions().size(), before);
}

TEST_F(RunnerTest, AfterARebootOpenEffectsAreNotIssuedAgain) {
  Runner& before = start();
  ASSERT_TRUE(before.command(target, deployment("1.0.0")).has_value());
  run(before);
  world.lose_answers = true;
  ASSERT_TRUE(before.command(target, deployment("1.1.0")).has_value());
  const std::size_t performed = world.performed.size();

  world.lose_answers = false;
  Runner& after = start({.rebooted = true, .boot_id = "second", .away = std::nullopt});
  EXPECT_TRUE(world.observed.empty());
  EXPECT_EQ(world.performed.size(), performed + 1) << "the stable instance alone is started";
  run(after);
  EXPECT_FALSE(after.find(target)->deployment.has_value());
  EXPECT_EQ(after.find(target)->traffic.applied->stable, core::Pool::a);
  EXPECT_THAT(journal.transactions().back().state.stable->release.version, "1.0.0");
}

TEST_F(RunnerTest, ALeaseThatRanOutMeanwhileIsTold) {
  Runner& before = start();
  ASSERT_TRUE(before.command(target, deployment("1.0.0")).has_value());
  run(before);
  ASSERT_TRUE(before.command(target, deployment("1.1.0", {{25, Duration{600'000}}, {100, {}}})).has_value());
  run(before);
  clock.time += Duration{60'000};
  Runner& after = start({.away = Duration{60'000}, .unrenewed = Duration{60'000}});
  EXPECT_EQ(after.find(target)->deployment->lapsed, clock.time);
  clock.time += Duration{600'000};
  after.wake();
  EXPECT_EQ(after.find(target)->deployment->stage().kind, core::Stage::Kind::hold);
  after.deliver(target, core::LeaseRenewed{});
  EXPECT_EQ(after.find(target)->deployment->entered, clock.time);
  std::string notes;
  for (const Transaction& t : journal.transactions())
    for (const core::Note& note : t.notes) notes += note.text + "\n";
  EXPECT_THAT(notes, HasSubstr("holding 25 % starts again"));
}

TEST_F(RunnerTest, ABakeThatWaitsForTheJudgeIsWokenForOnce) {
  Runner& runner = start();
  ASSERT_TRUE(runner.command(target, deployment("1.0.0")).has_value());
  run(runner);
  core::DeployRequested judged = deployment("1.1.0");
  judged.request.bound.rollback_triggers.push_back({});
  ASSERT_TRUE(runner.command(target, judged).has_value());
  run(runner);
  ASSERT_EQ(runner.find(target)->deployment->stage().kind, core::Stage::Kind::bake);

  const Duration bake = judged.request.bound.strategy.bake;
  clock.time = *runner.next_wakeup();
  runner.wake();
  ASSERT_EQ(runner.find(target)->deployment->stage().kind, core::Stage::Kind::bake) << "nothing was judged";
  EXPECT_EQ(runner.next_wakeup(), clock.time + bake) << "at twice the bake it ends all the same";
  clock.time = *runner.next_wakeup();
  runner.wake();
  EXPECT_EQ(runner.find(target)->deployment->stage().kind, core::Stage::Kind::drain);
}

TEST_F(RunnerTest, AnAbsenceIsCountedOnceHoweverOftenTheDaemonDiesAfterIt) {
  Runner& before = start();
  ASSERT_TRUE(before.command(target, deployment("1.0.0")).has_value());
  run(before);
  ASSERT_TRUE(before.command(target, deployment("1.1.0", {{25, Duration{600'000}}, {100, {}}})).has_value());
  run(before);
  const Time entered = before.find(target)->deployment->entered;
  clock.time += Duration{300'000};
  before.deliver(target, core::InstanceObserved{{2, 1}, core::Health::unhealthy, "status 500", 0});
  clock.time += Duration{10'000};
  start({.away = Duration{10'000}});
  Runner& after = start({.away = Duration{10'000}});
  EXPECT_EQ(after.find(target)->deployment->entered, entered + Duration{10'000});
}

}  // namespace
}  // namespace slipway::runner
