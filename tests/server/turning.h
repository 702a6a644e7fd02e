#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "base/check.h"
#include "server/loop.h"
#include "support/wait.h"

namespace slipway::server {

// A loop on a thread of its own.
class Turning {
 public:
  Turning() : thread_([this] { loop.run(); }) {}
  ~Turning() {
    loop.stop();
    thread_.join();
  }
  void now(const std::function<void()>& job) {
    std::atomic<bool> done = false;
    loop.post([&] {
      job();
      done = true;
    });
    CHECK(eventually(Duration(10'000), [&] { return done.load(); }));
  }
  Loop loop;

 private:
  std::thread thread_;
};

}  // namespace slipway::server
