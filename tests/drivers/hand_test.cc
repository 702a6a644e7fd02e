#include "drivers/hand.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>

#include "soon.h"
#include "support/wait.h"

namespace slipway {
namespace {

using core::Effect;
using core::Outcome;

TEST(Workers, DoSeveralJobsAtOnce) {
  drivers::Workers workers;
  std::latch all_are_there(20);
  std::atomic<int> done = 0;
  for (int i = 0; i < 20; ++i)
    workers.run([&] {
      all_are_there.arrive_and_wait();  // would wait for ever if they came one after another
      ++done;
    });
  EXPECT_TRUE(eventually(soon, [&] { return done == 20; }));
}

TEST(Workers, AreNeverMoreThan64AndLoseNothing) {
  std::atomic<int> at_once = 0, most = 0, done = 0;
  std::latch go(1);
  {
    drivers::Workers workers;
    for (int i = 0; i < 500; ++i)
      workers.run([&] {
        const int now = ++at_once;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        go.wait();
        --at_once;
        ++done;
      });
    EXPECT_TRUE(eventually(soon, [&] { return at_once == 64; }));
    go.count_down();
  }  // waits for what is under way and what is queued
  EXPECT_EQ(most, 64);
  EXPECT_EQ(done, 500);
}

TEST(Workers, AreUsedAgain) {
  drivers::Workers workers;
  std::set<std::thread::id> threads;
  for (int i = 0; i < 50; ++i) {
    std::atomic<bool> done = false;
    workers.run([&] {
      threads.insert(std::this_thread::get_id());
      done = true;
    });
    ASSERT_TRUE(eventually(soon, [&] { return done.load(); }));
  }
  EXPECT_LT(threads.size(), 50U);
}

// Says what it was asked for, on which thread.
struct Echo final : drivers::Hand {
  std::thread::id thread;
  std::optional<Outcome> observe(const Effect& effect) override {
    thread = std::this_thread::get_id();
    if (effect.id.event == 0) return {};
    return perform(effect);
  }
  Outcome perform(const Effect& effect) override {
    thread = std::this_thread::get_id();
    Outcome outcome;
    outcome.message = effect.id.text();
    return outcome;
  }
};

Effect effect_of(core::EffectBody body, std::int64_t event = 3) {
  return {{{"shop", "production"}, event, 0}, std::move(body)};
}

TEST(BlockingDriver, WorksOnAThreadOfItsOwnAndAnswersOnTheRunners) {
  Echo hand;
  drivers::Workers workers;
  std::mutex mutex;
  std::deque<std::function<void()>> inbox;
  drivers::BlockingDriver driver(hand, workers, [&](std::function<void()> posted) {
    const std::lock_guard lock(mutex);
    inbox.push_back(std::move(posted));
  });
  std::vector<std::string> said;
  driver.perform(effect_of(core::StopInstance{}), [&](Outcome outcome) { said.push_back(outcome.message); });
  EXPECT_TRUE(said.empty());  // returned at once
  const auto answer = [&] {
    ASSERT_TRUE(eventually(soon, [&] {
      const std::lock_guard lock(mutex);
      return !inbox.empty();
    }));
    inbox.front()();
    inbox.pop_front();
  };
  answer();
  EXPECT_EQ(said, std::vector<std::string>{"shop/production#3.0"});
  EXPECT_NE(hand.thread, std::this_thread::get_id());

  std::optional<Outcome> seen = Outcome{};
  driver.observe(effect_of(core::StopInstance{}, 0), [&](std::optional<Outcome> outcome) { seen = outcome; });
  answer();
  EXPECT_FALSE(seen);
  driver.observe(effect_of(core::StopInstance{}), [&](std::optional<Outcome> outcome) { seen = outcome; });
  answer();
  EXPECT_TRUE(seen);
}

struct Named final : runner::Driver {
  explicit Named(std::string its_name) : name(std::move(its_name)) {}
  std::string name;
  Outcome outcome() const {
    Outcome o;
    o.message = name;
    return o;
  }
  void observe(const Effect&, Seen seen) override { seen(outcome()); }
  void perform(const Effect&, Done done) override { done(outcome()); }
};

TEST(Drivers, GiveEachEffectToTheOneOfItsKind) {
  Named engine("engine"), traffic("traffic"), drain("drain"), smoke("smoke"), checks("checks"),
      alarms("alarms"), notify("notify"), offers("offers");
  drivers::Drivers all({engine, traffic, drain, smoke, checks, alarms, notify, offers});
  const std::vector<std::pair<core::EffectBody, std::string>> expected{
      {core::StartInstance{}, "engine"},   {core::StopInstance{}, "engine"},
      {core::ApplyRouting{}, "traffic"},   {core::AwaitDrained{}, "drain"},
      {core::RunSmokeTests{}, "smoke"},    {core::RunCheck{}, "checks"},
      {core::RunAlertCommand{}, "alarms"}, {core::Notify{}, "notify"},
      {core::OfferRelease{}, "offers"}};
  for (const auto& [body, name] : expected) {
    std::string performed, observed;
    all.perform(effect_of(body), [&](Outcome outcome) { performed = outcome.message; });
    all.observe(effect_of(body), [&](std::optional<Outcome> outcome) { observed = outcome->message; });
    EXPECT_EQ(performed, name);
    EXPECT_EQ(observed, name);
  }
}

}  // namespace
}  // namespace slipway
