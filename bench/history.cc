// history FILE N: a journal of N finished deployments of shop/production, as the daemon would have written it
// while nothing went wrong. script/bench starts a daemon on it.
#include <cstdlib>
#include <deque>
#include <iostream>

#include "base/check.h"
#include "core/step.h"
#include "journal/sqlite_journal.h"

namespace {

using namespace slipway;

// A world in which everything works at once.
class Author {
 public:
  explicit Author(journal::SqliteJournal& journal) : journal_(journal) {
    state_.target = {"shop", "production"};
  }

  void deploy(int number) {
    const std::string version = fmt::format("1.{}.0", number);
    const auto release =
        journal_.add_release("shop", version, std::string(64, 'a'), "service: shop\n", "bench", now_);
    CHECK(release.has_value());
    core::Request request;
    request.release = release->release;
    request.bound.listen = "127.0.0.1:18080";
    request.bound.run.command = {"./shop"};
    request.bound.run.instances = 2;
    request.by = "bench";
    happen(core::DeployRequested{request}, std::nullopt);
    while (state_.deployment) {
      if (!open_.empty()) {
        const core::Effect effect = open_.front();
        open_.pop_front();
        finish(effect);
      } else {
        const auto due = core::next_wakeup(state_);
        CHECK(due.has_value());
        now_ = std::max(now_, *due);
        happen(core::TimePassed{}, std::nullopt);
      }
    }
  }

 private:
  void finish(const core::Effect& effect) {
    core::Outcome outcome;
    const auto* start = std::get_if<core::StartInstance>(&effect.body);
    if (start) outcome.port = 20'000 + start->instance.ordinal;
    happen(core::EffectEnded{effect.id, outcome}, effect.id);
    if (start) happen(core::InstanceObserved{start->instance, core::Health::healthy, "", 0}, std::nullopt);
  }

  void happen(const core::Event& event, std::optional<core::EffectId> closes) {
    now_ += Duration(1);
    core::Step step = core::step(state_, event, now_);
    runner::Transaction transaction;
    transaction.target = step.state.target;
    transaction.number = step.state.events;
    transaction.time = now_;
    transaction.event = event;
    transaction.state = step.state;
    transaction.effects = step.effects;
    transaction.closes = closes;
    transaction.records = step.records;
    transaction.notes = step.notes;
    transaction.reply = step.reply;
    CHECK(journal_.append(transaction).has_value());
    state_ = std::move(step.state);
    open_.insert(open_.end(), step.effects.begin(), step.effects.end());
  }

  journal::SqliteJournal& journal_;
  core::TargetState state_;
  std::deque<core::Effect> open_;
  Time now_{Duration(1'700'000'000'000)};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: history FILE N\n";
    return 2;
  }
  const auto journal = journal::SqliteJournal::open(argv[1]);
  if (!journal) {
    std::cerr << journal.error().message << '\n';
    return 1;
  }
  Author author(**journal);
  for (int number = 1; number <= std::atoi(argv[2]); ++number) author.deploy(number);
}
