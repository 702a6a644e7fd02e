#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "drivers/traffic/haproxy_answers.h"
#include "drivers/traffic/haproxy_change.h"
#include "drivers/traffic/haproxy_folder.h"
#include "drivers/traffic/haproxy_socket.h"

namespace slipway::drivers::haproxy {

// The running HAProxy under its shim: one that takes requests, and those that a reload has replaced and that
// finish what they have. Knows nothing by itself: every answer is asked for anew.
class Process {
 public:
  Process(const Folder& folder, std::string binary, std::filesystem::path shim_program)
      : folder_(folder), binary_(std::move(binary)), shim_program_(std::move(shim_program)) {}

  // Starts HAProxy under a shim unless one lives there. Returns before it takes requests.
  Status ensure() const;
  Status stop() const;

  // Of the worker that takes requests. not_found: HAProxy doesn't run.
  Result<Info> info() const;
  // Whether that worker has the configuration `mark`.
  static bool has(const Info& info, const std::string& mark);
  // Brings it to the configuration `mark` if it isn't there, waiting for it to come up first; by a reload at
  // most: whether it took one.
  Result<bool> await_structure(const std::string& mark) const;

  CommandLine current() const { return CommandLine(folder_.runtime_socket()); }
  // None where no HAProxy runs.
  Result<std::vector<CommandLine>> replaced() const;

 private:
  Status reload(const Info& before, const std::string& mark) const;
  void await_replaced_stop_listening() const;

  const Folder& folder_;
  std::string binary_;
  std::filesystem::path shim_program_;
};

// What that worker holds of the target.
Result<Held> held(const CommandLine& worker, const core::Target& target);
// Requests that it has in flight to the pool. A worker that doesn't know the pool has none.
Result<int> in_flight(const CommandLine& worker, const core::Target& target, core::Pool pool);
// A worker's counters of both pools' backends and servers, from one moment; none where it doesn't know them.
struct Counters {
  int pid = 0;
  std::vector<StatRow> rows;
};
Result<Counters> counters(const CommandLine& worker, const core::Target& target);
// Makes the worker hold `wanted`, and reads back that it does. unavailable, saying what differs, if it
// doesn't.
Status converge(const CommandLine& worker, const core::Target& target, const Route& wanted);

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
