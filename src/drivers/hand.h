#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "runner/doors.h"

// Drivers are written as plain blocking code, a Hand; a BlockingDriver lets it work on threads of its own and
// brings what it says back to the runner's thread.
namespace slipway::drivers {

class Hand {
 public:
  virtual ~Hand() = default;
  virtual std::optional<core::Outcome> observe(const core::Effect& effect) = 0;
  virtual core::Outcome perform(const core::Effect& effect) = 0;
};

// Threads that come as they are needed, at most `most`, and go when idle for 10 s.
class Workers {
 public:
  explicit Workers(int most = 64) : most_(most) {}
  ~Workers();  // waits for what is under way
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void run(std::function<void()> job);

 private:
  void work();

  const int most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable all_gone_;
  std::deque<std::function<void()>> jobs_;
  int threads_ = 0;
  int idle_ = 0;
  bool ending_ = false;
};

// Runs a function on the runner's thread, soon.
using Post = std::function<void(std::function<void()>)>;

class BlockingDriver final : public runner::Driver {
 public:
  BlockingDriver(Hand& hand, Workers& workers, Post post);
  void observe(const core::Effect& effect, Seen seen) override;
  void perform(const core::Effect& effect, Done done) override;

 private:
  Hand& hand_;
  Workers& workers_;
  Post post_;
};

// Effects go to the driver of their kind. Every kind has one.
class Drivers final : public runner::Driver {
 public:
  struct Kinds {
    runner::Driver& engine;
    runner::Driver& traffic;
    runner::Driver& drain;
    runner::Driver& smoke;
    runner::Driver& checks;
    runner::Driver& alarms;  // RunAlertCommand
    runner::Driver& notify;
    runner::Driver& offers;
  };
  explicit Drivers(Kinds kinds) : kinds_(kinds) {}
  void observe(const core::Effect& effect, Seen seen) override;
  void perform(const core::Effect& effect, Done done) override;

 private:
  runner::Driver& of(const core::Effect& effect);
  Kinds kinds_;
};

}  // namespace slipway::drivers
