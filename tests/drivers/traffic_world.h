#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "drivers/traffic/haproxy_traffic.h"
#include "os/fd.h"
#include "support/port.h"

namespace slipway::test {

// The targets of most tests.
inline const core::Target production{"shop", "production"};
inline const core::Target staging{"shop", "staging"};

// An instance as HAProxy sees it: answers every request with its name, in X-Version too, and sets a cookie of
// its own. "/crash" ends it without an answer, "/held" isn't answered before let_go(), "/echo" is a
// WebSocket's handshake, after which it sends back what it gets.
class TinyServer {
 public:
  explicit TinyServer(std::string name);
  ~TinyServer();
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;

  int port() const { return port_; }
  int held() const { return held_; }
  std::string last_request();  // its line and headers, as they came
  void let_go();
  void kill();  // as SIGKILL would: listener and connections are gone at once
  bool has_fallen_over() const { return ended_; }

 private:
  void accept_all();
  void serve(int fd);
  void fall_over();

  std::string name_;
  int port_ = 0;
  os::Fd listener_;
  std::thread acceptor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::thread> threads_;
  std::list<int> connections_;
  std::string last_request_;
  bool released_ = false;
  std::atomic<bool> ended_ = false;
  std::atomic<int> held_{0};
};

struct Answer {
  int status = 0;  // 0: none came
  std::string body;
  std::string headers;
};

// A connection of one user's.
class Client {
 public:
  Client(int port, const std::string& source = "127.0.0.1");
  void send(const std::string& bytes);
  // Until `end` is in it, the other side closes, or 5 s are over.
  std::string receive(const std::string& end);

 private:
  os::Fd fd_;
};

// `headers` are whole lines: "Cookie: user=7\r\n".
Answer get(int port, const std::string& path = "/", const std::string& source = "127.0.0.1",
           const std::string& headers = "");

// A loopback port that HAProxy sends its records to.
class RecordPort {
 public:
  RecordPort();
  drivers::telemetry::Endpoint endpoint() const;
  // What came since the last call, after the last that was sent before it.
  std::vector<std::string> lines();
  // The lines that are records of requests to `backend`; those that aren't records at all fail the test.
  int records(const std::string& backend);

 private:
  os::Fd fd_;
};

// A folder with a HAProxy in it, gone with the test.
class Proxy {
 public:
  Proxy();
  ~Proxy();

  drivers::HaproxyTraffic& traffic() { return *traffic_; }
  const std::filesystem::path& dir() const { return dir_; }
  // As if the daemon was started again.
  Status reopen(const drivers::telemetry::Endpoint& records = {});
  // Fails the test if the outcome isn't done.
  void apply(const core::Target& target, const core::Routing& routing);
  core::Outcome try_apply(const core::Target& target, const core::Routing& routing);
  core::Outcome await_drained(const core::Target& target, core::Pool pool, Duration at_most);
  bool seen(const core::Target& target, const core::Routing& routing);
  Result<drivers::HaproxyTraffic::Counts> counts(const core::Target& target);
  int master();  // pids
  int worker();

 private:
  std::filesystem::path dir_;
  std::unique_ptr<drivers::HaproxyTraffic> traffic_;
};

Time in(Duration duration);

// Users on pool a, `weight` per cent of them on the canary in pool b.
core::Routing with_canary(core::Routing routing, int weight);

// Routing to servers by pool, at `port`.
core::Routing routing(int port, std::vector<const TinyServer*> a, std::vector<const TinyServer*> b = {});

}  // namespace slipway::test
