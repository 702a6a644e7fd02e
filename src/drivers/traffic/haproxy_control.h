#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>

#include "drivers/traffic/haproxy_process.h"
#include "drivers/traffic/haproxy_table.h"

namespace slipway::drivers::haproxy {

// 32 hexadecimal digits that nobody can guess.
std::string random_token();

// Does again what failed, at longer and longer intervals.
class Retry {
 public:
  template <class Action>
  Status attempt(Action action) {
    const auto now = std::chrono::steady_clock::now();
    if (!last_ && now < next_) return last_;
    last_ = action();
    wait_ = last_ ? Duration{0} : std::clamp(2 * wait_, Duration{1000}, Duration{60'000});
    next_ = std::chrono::steady_clock::now() + wait_;
    return last_;
  }

 private:
  Status last_;
  Duration wait_{0};
  std::chrono::steady_clock::time_point next_;
};

// How what was applied comes to the running HAProxy, and who waits for whom. What HAProxy holds is asked of
// it each time. Lock `changing` before calling what starts or reloads it: bring_about, settle_all,
// bring_to_the_present and holds; apply does so itself.
struct Control {
  Control(Folder its_folder, const std::string& binary, const std::filesystem::path& shim_program,
          Routes applied)
      : folder(std::move(its_folder)),
        process(folder, binary, shim_program),
        table(folder, std::move(applied)) {}

  Status apply(const core::Target& target, const core::Routing& routing);
  Status check_structure(const Routes& now, const Routes& next);
  Status bring_about(const core::Target& target);
  Status settle(const core::Target& target) const;
  Status settle_all();
  Status bring_to_the_present();
  bool holds(const core::Target& target, const core::Routing& routing);
  Result<int> in_flight(const core::Target& target, core::Pool pool) const;
  // Of the worker that takes requests, and of those that were replaced.
  Result<std::vector<Counters>> counters(const core::Target& target) const;
  core::Outcome drain(const core::Target& target, const core::AwaitDrained& wait) const;
  Status tell(const core::Target& target, const Route& route, const std::string& file) const;

  Folder folder;
  Process process;
  Table table;
  std::mutex checking;  // held while HAProxy judges a configuration: the folder has one place for that
  std::mutex changing;  // held while routes are applied or HAProxy is started, reloaded or stopped
  // What follows is guarded by `changing`. What was said while a reload was under way (renewals, rates) may
  // have reached only the worker that it replaced: then each target is brought to what the table says by now.
  bool settled = false;  // all of the table was seen in the running HAProxy since its last reload
  Retry retry;
};

}  // namespace slipway::drivers::haproxy
