#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "drivers/hand.h"
#include "runner/doors.h"
#include "server/loop.h"

namespace slipway::server {

// Renews leases at a third of their length, and passes on what is to be probed. While the runner says that
// there is no lease to renew (nothing can be journalled), none is: users return to stable by themselves.
class WorldKeeper final : public runner::Keeper {
 public:
  struct Hands {
    std::function<Status(const core::Target&, Time until)> renew;  // blocks; called on a worker
    std::function<void(std::map<core::Target, std::vector<core::Duties::Probe>>)> probe;
    std::function<void(Time)> renewed;  // each lease that is wanted was, then or later
    // It ran out before it could be renewed, so long after it was the last time.
    std::function<void(const core::Target&, Duration)> lapsed;
    std::function<void(const core::Target&)> back;  // it is renewed after that, or for the first time
    std::function<bool()> suspended;  // nothing can be journalled: leases end, though nobody ended them
    std::function<void()> kept;       // after every change
  };

  // `unrenewed`: since when not every lease is known to have been renewed, by the daemon before.
  WorldKeeper(Loop& loop, drivers::Workers& workers, Hands hands, std::optional<Duration> unrenewed);
  ~WorldKeeper() override;

  void keep(const std::map<core::Target, core::Duties>& duties) override;

  // The wall clock jumped: leases may be over.
  void clock_jumped();

  // Passes on when each lease was renewed at least, if that is to be known.
  void note_renewals();

  // For how long the proxy may still send users to the canary; nothing where no lease is renewed.
  std::optional<Duration> lease_left(const core::Target& target) const;

 private:
  struct Lease {
    Duration length{};
    bool wanted = false;
    bool under_way = false;
    bool failed = false;                 // the last time
    bool ours = false;                   // renewed by this daemon
    bool lapsed = false;                 // and that was said
    Time renewed{};                      // or first wanted; by the wall clock, as the proxy sees it
    std::unique_ptr<Loop::Timer> timer;  // of the next renewal …
    std::unique_ptr<Loop::Timer> over;   // … and of its end
  };
  void renew(const core::Target& target);
  void renewed(const core::Target& target, Time at, const Status& status);
  std::optional<Duration> lapse(Lease& lease, Time at);
  void look(const core::Target& target, Time at);
  void let_go(std::map<core::Target, Lease>::iterator lease);

  Loop& loop_;
  drivers::Workers& workers_;
  Hands hands_;
  std::optional<Time> before_;  // when the daemon before renewed, until it is known which leases there are
  std::map<core::Target, Lease> leases_;
  std::map<core::Target, std::vector<core::Duties::Probe>> probes_;
};

}  // namespace slipway::server
