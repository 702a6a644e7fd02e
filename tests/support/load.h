#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace slipway::test {

// What users met. An answer marked X-Injected is a fault that the example service was told to make, and
// counts apart.
struct LoadReport {
  std::uint64_t requests = 0;  // answered or failed
  std::uint64_t injected = 0;
  std::uint64_t failed = 0;   // no whole answer: refused, reset, closed early, silence
  std::uint64_t refused = 0;  // of those that failed: nobody listened
  std::uint64_t not_2xx = 0;  // answered with another status, injected ones apart
  std::map<int, std::uint64_t> statuses;
  std::map<std::string, std::uint64_t> versions;  // X-Version
  std::vector<std::string> problems;              // the first few, each with its time
  Duration longest{};                             // of an answer

  bool clean() const { return requests > 0 && failed == 0 && not_2xx == 0; }
  std::string text() const;
};

// A number of keep-alive connections that ask for one path, again and again, until it is stopped; one thread.
// A failed connection is opened anew and its request counted as failed, never retried.
class Load {
 public:
  struct Settings {
    int port = 0;  // on 127.0.0.1
    int connections = 8;
    std::string path = "/";
    Duration pause{2};       // of a connection, after each answer
    Duration silence{5000};  // until a request without a whole answer has failed
    int users = 0;           // in turns, each with its cookie: sid=user-0 …; 0: no cookies
  };

  static std::unique_ptr<Load> start(Settings settings);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  LoadReport so_far() const;
  // What was asked since the last call.
  LoadReport since_last();
  LoadReport stop();

 private:
  class Connections;
  explicit Load(Settings settings) : settings_(std::move(settings)) {}
  void run();

  Settings settings_;
  mutable std::mutex mutex_;
  LoadReport report_, last_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace slipway::test
