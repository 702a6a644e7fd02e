#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "answers.h"

namespace shop {

// One thread's connections, taken from a listening socket that it shares with the other loops.
class Loop {
 public:
  Loop(const Switches& switches, int listener);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until every connection has ended after stop()
  void stop();  // from any thread

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection;
  using Timers = std::multimap<Clock::time_point, Connection*>;

  bool accept_one();  // false: nobody waits
  void begin_to_stop();
  void readable(Connection& connection);
  void proceed(Connection& connection);  // answers what is in its buffer and sends; may end it
  void take_requests(Connection& connection);
  void begin(Connection& connection, Answer answer);
  void timer(Connection& connection);
  void at(Connection& connection, Clock::time_point time);
  void forget_timer(Connection& connection);
  void end(Connection& connection);

  Answers answers_;
  int epoll_;
  int wake_;
  int listener_;
  bool stopping_ = false;
  std::map<Connection*, std::unique_ptr<Connection>> connections_;
  Timers timers_;
};

}  // namespace shop
