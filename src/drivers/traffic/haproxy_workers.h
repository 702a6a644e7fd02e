#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_folder.h"
#include "drivers/traffic/haproxy_socket.h"
#include "os/process.h"

namespace slipway::drivers::haproxy {

Result<Info> info_of(const CommandLine& worker);

// HAProxy's master, as little as it is needed. Its command line takes ten sessions, lets none of them end by
// itself, and isn't heard while it is stopped: so it is asked one question at a time, for 0.5 s, and not
// again for a while once it didn't answer. Safe from every thread.
class Master {
 public:
  explicit Master(std::filesystem::path socket) : socket_(std::move(socket)) {}

  // Commands for the worker with this pid. unavailable, at once, while it is deaf.
  Result<std::string> hand_on(pid_t worker, const std::string& line, std::size_t count);
  // Whether it answers; asked anew where it is due: when it last answered, ten seconds later.
  Status look();
  // For how long it hasn't answered.
  std::optional<Duration> deaf_for() const;
  // It was renewed: it is asked anew.
  void forget();

 private:
  using Clock = std::chrono::steady_clock;
  Result<std::string> exchange(const std::string& line, std::size_t count);

  std::filesystem::path socket_;
  mutable std::mutex mutex_;
  Clock::time_point due_;
  std::optional<Clock::time_point> deaf_since_;
  int failures_ = 0;
  Status last_;
};

// The workers that reloads have replaced and that finish what they have. They are the older children of
// HAProxy's master, as the kernel knows them. While they took requests a connection was opened to each, over
// which they are asked what they have in flight; the master is asked for those of before this daemon. Safe
// from every thread.
class Replaced {
 public:
  explicit Replaced(const Folder& folder) : folder_(folder), master_(folder.master_socket()) {}

  struct Worker {
    pid_t pid = 0;
    bool in_touch = false;  // over a connection of our own: the master has no part in it
    CommandLine line;
  };
  // None where no HAProxy runs. A worker that holds nothing but our connection is let go.
  std::vector<Worker> all();
  // The worker with this pid takes requests: keeps a connection to it, unless there is one.
  void keep_in_touch(pid_t worker);

  Master& master() { return master_; }
  // Of the master. not_found: no HAProxy runs.
  Result<pid_t> master_pid();

 private:
  std::vector<pid_t> older_than_the_newest(pid_t master) const;

  const Folder& folder_;
  Master master_;
  std::mutex mutex_;
  std::optional<os::Identity> known_master_;
  std::map<pid_t, std::shared_ptr<KeptLine>> lines_;
  std::set<pid_t> let_go_;  // they are ending, and nothing is to be asked or told there
};

}  // namespace slipway::drivers::haproxy
