#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "drivers/traffic/haproxy_process.h"
#include "drivers/traffic/haproxy_table.h"
#include "drivers/traffic/haproxy_worker.h"

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

// How what was applied comes to the running HAProxy. A change of users alone is told to it at once
// and waits for no other target. What takes a new configuration waits in a queue: one thread takes all that
// wait, checks them together and reloads once. A later routing of a target doesn't wait for an earlier one
// that waits for a reload: it overtakes it. Safe from every thread.
class Control {
 public:
  Control(Folder folder, const std::string& binary, const std::filesystem::path& shim_program, Routes applied)
      : folder_(std::move(folder)),
        process_(folder_, binary, shim_program),
        table_(folder_, std::move(applied)) {}

  // Whether the routing has to wait for a reload, as far as can be told at once.
  bool takes_a_reload(const core::Target& target, const core::Routing& routing);
  // unavailable as well where a routing with a later id was asked for.
  Status apply(const core::EffectId& id, const core::Routing& routing);
  bool holds(const core::Target& target, const core::Routing& routing);
  // Those of the routing's instances that HAProxy's own check hasn't found up yet; all, where it doesn't say.
  std::vector<core::InstanceName> unchecked(const core::Target& target, const core::Routing& routing);
  // Its time begins once a reload that is under way is over.
  core::Outcome drain(const core::Target& target, const core::AwaitDrained& wait);
  // unavailable while a reload is under way: the new worker may not have been told of the last change yet.
  Result<int> in_flight(const core::Target& target, core::Pool pool);
  // Of the worker that takes requests, and of those that were replaced.
  Result<std::vector<Counters>> counters(const std::vector<core::Target>& targets);
  // See HaproxyTraffic::renew.
  Status renew(const core::Target& target, Time until);
  // Tells the target's entry in the map to the worker that takes requests.
  Status tell(const core::Target& target, const Route& route, const std::string& map);
  // See HaproxyTraffic::tend.
  Status tend();
  Status stop();

  const Folder& folder() const { return folder_; }
  const Process& process() const { return process_; }
  Table& table() { return table_; }
  // By target, at which of its addresses users couldn't be served when tend() last looked.
  std::map<core::Target, Addresses> missing_listeners() const;
  // For how long HAProxy's master hasn't answered.
  std::optional<Duration> deaf_for() { return process_.replaced().master().deaf_for(); }

 private:
  // A routing that waits for a configuration with it. Lives on the stack of who waits.
  struct Wish {
    core::EffectId id;
    core::Target target;
    Route route;
    Status status{};
    bool over = false;
  };

  struct Place {
    std::mutex changing;             // held while its route is changed and told, but not during a reload
    core::EffectId newest;           // of what was asked for
    std::optional<Route> before;     // what HAProxy has, while it is being reloaded with another …
    bool is_being_replaced = false;  // … configuration of it; there may be none before
  };
  Place& place_of(const core::Target& target);
  bool takes_a_reload(const Route& wanted, const core::Target& target, const Place& place) const;
  Status check_newest(const core::EffectId& id);
  Status settle(const core::Target& target);
  std::optional<Route> renew_before(const core::Target& target, Time until);
  Status settle_all();
  Status settle_since(const Routes& files);
  // These are called by one thread at a time.
  Status fulfil(Wish& wish);
  void carry_out(const std::vector<Wish*>& wishes);
  std::vector<Wish*> admissible(const std::vector<Wish*>& wishes);
  Status check(const std::vector<Wish*>& wishes);
  Status put(std::vector<Wish*>& wishes);
  void conclude(Wish& wish, const Status& done);
  Status bring_about();
  Status bring_to_the_present(const Addresses& back);
  Status renew_deaf_master(const std::string& mark);
  Addresses look_at_listeners();

  Folder folder_;
  Process process_;
  Table table_;

  mutable std::mutex missing_mutex_;
  std::map<core::Target, Addresses> missing_;

  std::mutex places_mutex_;
  std::map<core::Target, Place> places_;  // never erased

  std::mutex queue_mutex_;
  std::condition_variable fulfilled_;
  std::vector<Wish*> waiting_;
  bool working_ = false;  // a thread carries wishes out, tends or stops HAProxy
  std::atomic<bool> reloading_ = false;
  // What follows belongs to that thread. What was said while a reload was under way may have reached only the
  // worker that it replaced: then each target is brought to what the table says by now.
  bool settled_ = false;  // all of the table was seen in the running HAProxy since its last reload
  Retry retry_;
  std::chrono::steady_clock::time_point renewed_;  // the deaf master
};

}  // namespace slipway::drivers::haproxy
