#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_folder.h"
#include "drivers/traffic/haproxy_socket.h"
#include "drivers/traffic/haproxy_workers.h"

namespace slipway::drivers::haproxy {

// The running HAProxy under its shim: one worker that takes requests, and those that a reload has replaced
// and that finish what they have. What HAProxy holds is asked anew each time. Safe from every thread, but for
// ensure, stop and await_structure: one thread at a time.
class Process {
 public:
  Process(const Folder& folder, std::string binary, std::filesystem::path shim_program)
      : folder_(folder),
        binary_(std::move(binary)),
        shim_program_(std::move(shim_program)),
        replaced_(folder) {}

  // Starts HAProxy under a shim unless one lives there. Returns before it takes requests.
  Status ensure() const;
  Status stop() const;

  // Of the worker that takes requests. not_found: HAProxy doesn't run.
  Result<Info> info() const;
  // Whether that worker has the configuration `mark`.
  static bool has(const Info& info, const std::string& mark);
  // Brings it to the configuration `mark` if it isn't there, waiting for it to come up first; by a reload at
  // most. While that is under way, another may be wanted: then either is fine.
  Status await_structure(const std::function<std::string()>& mark);
  // Reloads it with the configuration that it has: its master begins anew, and no request is lost.
  Status renew(const std::string& mark);

  CommandLine current() const { return CommandLine(folder_.runtime_socket()); }
  Replaced& replaced() { return replaced_; }

 private:
  Status reload(const Info& before, const std::function<std::string()>& mark);
  void await_replaced_stop_listening();

  const Folder& folder_;
  std::string binary_;
  std::filesystem::path shim_program_;
  Replaced replaced_;
};

// Asks again and again, `within` so long, until the answer is yes: HAProxy tells nobody when it has come up
// or emptied.
template <class Predicate>
bool await(Duration within, Duration between, Predicate predicate);

}  // namespace slipway::drivers::haproxy

#include <chrono>
#include <thread>

template <class Predicate>
bool slipway::drivers::haproxy::await(Duration within, Duration between, Predicate predicate) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!predicate()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return false;
    std::this_thread::sleep_until(std::min(deadline, now + between));
  }
  return true;
}
