#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>

#include "base/json.h"
#include "core/judging.h"
#include "judge/hearing.h"
#include "server/experiences.h"
#include "server/under_way.h"

namespace slipway::server {

// The hearings of all deployments under way, one for each target.
class Hearings {
 public:
  // Where hearings outlive a daemon that dies.
  struct Keep {
    std::function<void(const core::Target&, const Json& checkpoint)> write;
    std::function<Result<Json>(const core::Target&)> read;  // not_found: there is none
    std::function<void(const core::Target&)> remove;
  };
  explicit Hearings(Keep keep) : keep_(std::move(keep)) {}

  // What else is known of a second.
  struct Recorded {
    Time second{};              // whole, and over
    std::optional<int> one_in;  // of stable's requests so many are one record; nothing: it isn't known
    bool lost = false;          // some of its records, or some came twice
    Duration clock_off{};       // of its records: as Sight has it
    std::map<core::Pool, UnderWay::Ages> under_way;  // when it ended
  };
  // The second as it was at the target; begins or ends the hearing where that is due.
  void take(const core::TargetState& state, const Experiences& experiences, const Recorded& recorded);
  // What the judge says of the deployment under way; nothing where it isn't asked. `watched` is since when
  // this daemon has known what users experience.
  std::optional<judge::Verdict> verdict(const core::TargetState& state, const Experiences& experiences,
                                        Time watched, Time now) const;
  // The targets that nothing is known of any more.
  void forget(const std::map<core::Target, core::TargetState>& targets);

 private:
  judge::Hearing& hearing(const core::TargetState& state, const judge::Trial::Plan& plan,
                          const Experiences& experiences, Time second);
  Result<judge::Hearing> restore(const core::Target& target, const core::DeploymentRecord& record,
                                 const judge::Trial::Plan& plan) const;
  void end(const core::Target& target);

  Keep keep_;
  std::map<core::Target, judge::Hearing> hearings_;
  std::set<core::Target> looked_for_;  // checkpoints of those were looked for
};

}  // namespace slipway::server
