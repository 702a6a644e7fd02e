#pragma once

#include <functional>
#include <memory>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace slipway::server {

// The one thread that the runner and the API live on.
class Loop {
 public:
  // Calls back once for each set(), unless cancelled or destroyed before.
  class Timer {
   public:
    virtual ~Timer() = default;
    // In place of what was set before.
    virtual void set(Duration in, std::function<void()> then) = 0;
    virtual void cancel() = 0;
  };

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Until stop(). Jobs and timers are kept to this thread.
  void run();
  void stop();                           // from every thread
  void post(std::function<void()> job);  // from every thread
  std::unique_ptr<Timer> timer();
  // Stops the loop when the process is asked to end (SIGTERM, SIGINT).
  void stop_on_signals();

  boost::asio::io_context& context();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::server
