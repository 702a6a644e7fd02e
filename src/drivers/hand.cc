#include "drivers/hand.h"

#include <chrono>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace slipway::drivers {
namespace {

constexpr std::chrono::seconds idle_for{10};

}  // namespace

Workers::~Workers() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  wake_.notify_all();
  all_gone_.wait(lock, [&] { return threads_ == 0; });
  CHECK(jobs_.empty());
}

void Workers::run(std::function<void()> job) {
  std::unique_lock lock(mutex_);
  CHECK(!ending_);
  jobs_.push_back(std::move(job));
  if (idle_ >= static_cast<int>(jobs_.size())) return wake_.notify_one();
  if (threads_ == most_) return;  // whoever is ready first takes it
  ++threads_;
  try {
    std::thread([this] { work(); }).detach();
  } catch (const std::system_error& e) {
    --threads_;
    log_warning("cannot start a thread: {}", e.what());
    if (threads_ > 0) return wake_.notify_one();
    // Nobody else would ever do it.
    const auto mine = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    mine();
  }
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait_for(lock, idle_for, [&] { return ending_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) break;  // idle for long, or nothing will come any more
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes before we wait
    lock.lock();
  }
  // Under the lock: the destructor goes on only when we have let go of it.
  if (--threads_ == 0) all_gone_.notify_all();
}

BlockingDriver::BlockingDriver(Hand& hand, Workers& workers, Post post)
    : hand_(hand), workers_(workers), post_(std::move(post)) {}

void BlockingDriver::observe(const core::Effect& effect, Seen seen) {
  workers_.run([this, effect, seen = std::move(seen)]() mutable {
    post_([seen = std::move(seen), outcome = hand_.observe(effect)]() mutable { seen(std::move(outcome)); });
  });
}

void BlockingDriver::perform(const core::Effect& effect, Done done) {
  workers_.run([this, effect, done = std::move(done)]() mutable {
    post_([done = std::move(done), outcome = hand_.perform(effect)]() mutable { done(std::move(outcome)); });
  });
}

void Drivers::observe(const core::Effect& effect, Seen seen) {
  of(effect).observe(effect, std::move(seen));
}

void Drivers::perform(const core::Effect& effect, Done done) {
  of(effect).perform(effect, std::move(done));
}

runner::Driver& Drivers::of(const core::Effect& effect) {
  struct Choice {
    Kinds& kinds;
    runner::Driver& operator()(const core::StartInstance&) const { return kinds.engine; }
    runner::Driver& operator()(const core::StopInstance&) const { return kinds.engine; }
    runner::Driver& operator()(const core::ApplyRouting&) const { return kinds.traffic; }
    runner::Driver& operator()(const core::AwaitDrained&) const { return kinds.drain; }
    runner::Driver& operator()(const core::RunSmokeTests&) const { return kinds.smoke; }
    runner::Driver& operator()(const core::RunCheck&) const { return kinds.checks; }
    runner::Driver& operator()(const core::RunAlertCommand&) const { return kinds.alarms; }
    runner::Driver& operator()(const core::Notify&) const { return kinds.notify; }
    runner::Driver& operator()(const core::OfferRelease&) const { return kinds.offers; }
  };
  return std::visit(Choice{kinds_}, effect.body);
}

}  // namespace slipway::drivers
