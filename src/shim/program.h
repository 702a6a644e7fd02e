#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "os/fd.h"
#include "os/process.h"
#include "os/user.h"
#include "shim/output_log.h"
#include "shim/shim.h"

namespace slipway::shim {

using Monotonic = std::chrono::steady_clock::time_point;

// The one program a shim keeps alive: knows whether it runs, when it is to be restarted and when to be
// killed.
class Program {
 public:
  Program(std::filesystem::path dir, Spec spec, std::map<std::string, std::string> secrets);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void start();               // once, and then by tick() whenever it ended
  void stop(Duration drain);  // SIGTERM to its group; SIGKILL after `drain`
  Status signal(int number);  // to the program alone; refused while it doesn't run
  void children_ended();      // on SIGCHLD
  void read_output();         // takes what its pipes hold, without waiting
  void tick();                // does what is due by now

  bool over() const { return stopping_ && !pid_; }
  std::optional<Monotonic> due() const { return due_; }
  int out() const { return out_.get(); }  // to poll; -1 when closed
  int err() const { return err_.get(); }
  ShimStatus status() const;

 private:
  Result<pid_t> spawn();
  void ended(Exit exit);
  void sweep();
  void record_exit() const;

  std::filesystem::path dir_;
  Spec spec_;
  std::map<std::string, std::string> env_;  // with the secrets
  OutputLog log_;
  Lines out_lines_{"out", log_};
  Lines err_lines_{"err", log_};
  os::Fd out_, err_;

  std::optional<pid_t> pid_;
  Time started_{};
  Monotonic started_monotonic_{};
  std::optional<Exit> last_exit_;
  int restarts_ = 0;
  bool stopping_ = false;
  std::string problem_;
  Duration backoff_;
  std::optional<Monotonic> due_;  // the restart, or the kill
};

}  // namespace slipway::shim
