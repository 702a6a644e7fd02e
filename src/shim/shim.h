#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

// A shim keeps one program alive: it starts it, restarts it with backoff when it ends, keeps what it prints
// in rotated files, and outlives the daemon. It is `slipway shim DIR`, a process of its own, and listens on
// DIR/shim.sock. The protocol (a line of JSON each way) carries a version: a newer daemon talks to older
// shims.
//
//   {"v":1,"do":"status"}                    → {"v":1,"ok":true,"shim_pid":…,"pid":…,"started":…,…}
//   {"v":1,"do":"signal","number":12}        → the same
//   {"v":1,"do":"stop","drain_ms":10000}     → the same, with "stopping":true; the shim closes when all has
//   ended anything else                            → {"v":1,"ok":false,"error":{"kind":…,"message":…}}, and
//   it closes
//
// Fields are only ever added. SIGTERM to the shim itself is a stop with a drain of 10 s.
namespace slipway::shim {

inline constexpr int protocol = 1;

// DIR/spec.json. Never a secret: those are given to start() apart and live in the shim's memory alone.
struct Spec {
  std::string title;                       // "shop/production 7-1", in the process list
  std::vector<std::string> command;        // absolute path first
  std::map<std::string, std::string> env;  // all of it but the secrets and SLIPWAY_SHIM: nothing is inherited
  std::string directory;                   // where the program runs
  std::string user;                        // whom it runs as; empty: whom the shim runs as
  // Before a restart of what ran for less than 5 s; doubles each time, up to backoff_max, and starts over
  // once it ran for a minute. What ran for longer is restarted at once.
  Duration backoff{100};
  Duration backoff_max{10'000};
  std::int64_t log_bytes = 10 << 20;  // DIR/output.log is rotated at this size
  int log_files = 3;                  // output.log, output.log.1, output.log.2
  bool operator==(const Spec&) const = default;
};

struct Exit {
  Time at{};
  std::optional<int> status;  // exit status …
  std::optional<int> signal;  // … or the signal that ended it
  bool operator==(const Exit&) const = default;
};

struct ShimStatus {
  int protocol = 0;
  pid_t shim_pid = 0;
  std::optional<pid_t> pid;  // of the program; nothing while it waits to be restarted
  Time started{};            // the program, last
  int restarts = 0;
  std::optional<Exit> last_exit;
  bool stopping = false;
  std::string problem;  // why the program couldn't be run when it was last tried; empty when it could
};

// Writes DIR/spec.json and starts a shim there; returns when it listens and has tried to start the program
// once. A program that can't be run isn't an error: it is an Exit with status 127 and a line in the log, and
// tried again. conflict if a shim lives there already. `slipway` is the program that is run as `slipway shim
// DIR [TITLE]`.
Result<ShimStatus> start(const std::filesystem::path& dir, const Spec& spec,
                         const std::map<std::string, std::string>& secrets,
                         const std::filesystem::path& slipway = "/proc/self/exe");

// not_found where no shim lives. unavailable where one does and doesn't answer within 2 s.
Result<ShimStatus> status(const std::filesystem::path& dir);

// Whether nothing lives there: no shim, and nothing that a shim which was killed left behind.
Result<bool> is_vacant(const std::filesystem::path& dir);

// Sends a signal to the program itself (not to its group).
Status signal(const std::filesystem::path& dir, int number);

// SIGTERM to the program's process group, SIGKILL after `drain`; returns when program and shim have ended.
// Fine where no shim lives. A second stop shortens the drain, and never lengthens it. A shim that doesn't
// answer is killed by its pidfd, once its identity is sure. What a shim that was killed left behind gets a
// SIGKILL, as far as it is surely its own; start() ends it too before it starts anything.
Status stop(const std::filesystem::path& dir, Duration drain);

// `slipway shim DIR`: never returns before the program was stopped. Secrets come on standard input as a JSON
// object.
int run(const std::filesystem::path& dir);

}  // namespace slipway::shim
