#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "core/step.h"
#include "drivers/telemetry/telemetry.h"
#include "drivers/traffic/haproxy_traffic.h"
#include "server/alarms.h"
#include "server/api/users.h"
#include "server/experiences.h"
#include "server/hearings.h"
#include "server/loop.h"
#include "server/loss.h"
#include "server/sampling.h"

namespace slipway::server {

// Knows what users experience at each target, has it judged each second, and passes on verdicts, and alerts
// that begin or cease to fire, that the state doesn't have. A daemon that starts goes on with the hearings
// that the one before it kept; of what users experienced it knows nothing else. On the loop's thread.
class Witness final : public Users {
 public:
  using Counts = std::map<core::Target, drivers::HaproxyTraffic::Counts>;
  struct Doors {
    std::function<drivers::telemetry::Telemetry::Batch()> take;
    std::function<Status(const core::Target&, int one_in)> sample;           // blocks; called on a worker
    std::function<Result<Counts>(const std::vector<core::Target>&)> counts;  // this one too
    std::function<const std::map<core::Target, core::TargetState>&()> targets;
    std::function<void(const core::Target&, core::VerdictChanged)> deliver;
    std::function<void(const core::Target&, core::AlertChanged)> alert;
    std::function<bool()> suspended;  // nothing can be journalled
    std::function<void(const core::Target&)> follow_sessions, forget_sessions;
    Hearings::Keep keep;
  };
  Witness(Loop& loop, drivers::Workers& workers, runner::Clock& clock, Doors doors);

  // Looks each second from now on, shortly after it begins.
  void start();
  // One look, as start() has them done.
  void look();
  // To be told after each change of a target: what HAProxy had counted before the first user is asked for
  // then.
  void changed(const core::TargetState& state);

  Impression impression(const core::Target& target) const override;

 private:
  void look_and_again();
  void add(const drivers::telemetry::Telemetry::Batch& batch);
  void hear(Time now);
  void judge(Time now);
  void alert();
  void follow(const core::TargetState& state);
  void sample(const core::TargetState& state, Time now);
  void weigh(const core::TargetState& state);
  void weigh_what_is_due();
  void weighed(const core::Target& target, const drivers::HaproxyTraffic::Counts& counts);
  std::map<core::Pool, UnderWay::Ages> under_way(const core::Target& target, Time now) const;

  struct Word {
    int deployment = 0;
    judge::Verdict verdict;
  };
  Loop& loop_;
  drivers::Workers& workers_;
  runner::Clock& clock_;
  Doors doors_;
  std::unique_ptr<Loop::Timer> timer_;
  Time started_;
  Time looked_;
  Time second_;           // the one that records belong to which come now
  bool damaged_ = false;  // some of them got lost, or came twice
  Duration clock_off_{};  // of the proxy: as Sight has it
  Experiences experiences_;
  Hearings hearings_;
  Alarms alarms_;
  Sampling sampling_;
  std::map<core::Target, Word> words_;
  std::map<core::Target, int> followed_;  // the deployment whose sessions are
  std::map<core::Target, Loss> losses_;
  struct Weighed {
    Time at{};  // when the counters came
    UnderWay a, b;
  };
  std::map<core::Target, Weighed> weighed_;
  std::set<core::Target> to_weigh_;
  bool weighing_ = false;  // one exchange at a time, for all that are due
  std::int64_t received_ = 0, lost_ = 0, forged_ = 0, malformed_ = 0;
};

}  // namespace slipway::server
