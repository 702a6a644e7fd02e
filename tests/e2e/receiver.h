#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "support/http_server.h"

namespace slipway::e2e {

// Somebody who is told of deployments over HTTP, in a mood that changes. Keeps what came, in its order.
class Receiver {
 public:
  enum class Mood {
    takes,
    ails,             // in turns 500, and 429 with a second of patience asked for
    hangs,            // until its mood changes, and takes nothing
    takes_and_hangs,  // until its mood changes: nobody hears that it has taken it
  };

  explicit Receiver(Mood mood, int port = 0)
      : mood_(mood), server_([this](const test::ServerRequest& request) { return answer(request); }, port) {}
  ~Receiver() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void becomes(Mood mood) {
    const std::lock_guard lock(mutex_);
    mood_ = mood;
    ++moods_;
    changed_.notify_all();
  }
  std::string url(const std::string& path = "/") const { return server_.url(path); }
  int tries() const {
    const std::lock_guard lock(mutex_);
    return tries_;
  }
  // Every request that was taken, those that came twice among them.
  std::vector<test::ServerRequest> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  // Their bodies, each id once, as a receiver that keeps ids has them.
  std::vector<Json> letters() const {
    std::vector<Json> letters;
    std::set<std::string> ids;
    for (const test::ServerRequest& request : taken())
      if (ids.insert(request.headers.at("Slipway-Id")).second) letters.push_back(Json::parse(request.body));
    return letters;
  }
  // What it was told of a deployment, in order.
  std::vector<std::string> told_of(int deployment, const std::string& environment = "production") const {
    std::vector<std::string> events;
    for (const Json& letter : letters())
      if (letter["deployment"] == deployment && letter["environment"] == environment)
        events.push_back(letter["event"]);
    return events;
  }

 private:
  test::ServerAnswer answer(const test::ServerRequest& request) {
    std::unique_lock lock(mutex_);
    ++tries_;
    const Mood mood = mood_;
    const int moods = moods_;
    if (mood == Mood::takes || mood == Mood::takes_and_hangs) taken_.push_back(request);
    switch (mood) {
      case Mood::takes:
        return {};
      case Mood::ails:
        if (tries_ % 2 == 0) return {500, "out of order", {}, false};
        return {429, "", {{"Retry-After", "1"}}, false};
      case Mood::hangs:
      case Mood::takes_and_hangs:
        break;
    }
    changed_.wait(lock, [&] { return over_ || moods_ != moods; });
    return {200, "", {}, true};
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Mood mood_;
  int moods_ = 0;
  bool over_ = false;
  int tries_ = 0;
  std::vector<test::ServerRequest> taken_;
  test::HttpServer server_;  // the first to go
};

}  // namespace slipway::e2e
