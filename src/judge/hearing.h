#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/json_fwd.h"
#include "base/result.h"
#include "judge/experience.h"
#include "judge/trial.h"

namespace slipway::judge {

// The trial of one deployment, fed second by second from what users experienced of both releases: what was
// normal before, the canary beside stable, and the release alone once it is promoted.
class Hearing {
 public:
  struct Member {
    int ordinal = 1;  // 1 … most_instances - 1
    Time since{};     // when it began to serve users
  };
  struct Side {
    const Experience* experience = nullptr;  // not null
    std::vector<Member> instances;
    // Requests still under way when the second ended, by the instance and their age, where that is known.
    std::map<int, std::vector<Histogram::Bucket>> in_flight;
  };
  enum class Users { none, some, all };
  struct Sight {
    Time second{};              // whole, and over: nothing is added to it any more
    Users users = Users::none;  // on the new release, at the second's end
    // The share of users that the canary has at the second's end, 0 … 1; nothing: it is being changed.
    std::optional<double> weight = 0;
    std::optional<int> one_in;  // of stable's requests so many are one record; nothing: it isn't known
    bool lost = false;          // records of the second are known to be missing, or came twice
    Duration clock_off{};       // as Second's
    Time step{};                // since when so many users are on the new release
    Side canary, stable;
  };

  Hearing(int deployment, Trial::Plan plan);

  int deployment() const { return deployment_; }
  // Seconds of before the last one that was taken are not taken again. A second in which nobody is on the
  // canary tells what is normal, until there was somebody; from then on it tells nothing.
  void take(const Sight& sight);
  std::optional<Time> last() const { return last_; }

  // As Trial's; and held where requests are routed at another weight than the one that was applied.
  Evidence judge(Trial::Moment moment, const Question& question, const Experience& canary,
                 const Experience& stable, Time now) const;
  const Trial& trial() const { return trial_; }

  // A hearing that is read back goes on bit for bit. invalid_input where it is of another deployment, plan or
  // version.
  Json checkpoint() const;
  static Result<Hearing> restore(int deployment, Trial::Plan plan, const Json& checkpoint);

 private:
  // An arm's second as the trial takes it, in records; what it points to lives here.
  struct Arm {
    struct Counts {
      std::vector<Histogram::Bucket> times, ages;
    };
    // What bets at the same odds.
    struct Group {
      std::vector<std::vector<Histogram::Bucket>> times;  // by instance, as in `instances`
      std::vector<InstanceSecond> instances;
      std::int64_t sessions = 0, requests = 0;
      Time newest{};
      ArmSecond second() const { return {instances, sessions}; }
    };
    std::vector<Counts> counts;
    std::vector<InstanceSecond> instances;
    std::optional<std::int64_t> sessions;
    bool followed = false;  // its records say at what odds they bet
    std::map<Routed, Group> groups;
    std::int64_t one_in = 0;  // of its requests so many are one record; 0: there was none …
    bool uniform = true;      // … for each of them
    void fill(const Side& side, Time second);
    void fill_bets(const Side& side, Time second);
    void fill_ages(const Side& side, std::int64_t one_in);
    void bet_at(const Routed& odds);
    Group none() const;
    Group& at(const Routed& odds) { return groups.try_emplace(odds, none()).first->second; }
    ArmSecond second() const { return {instances, sessions}; }
  };
  // Where requests bet, and not sessions: the canary's share in what is recorded, if that can be said.
  std::optional<double> share(const Sight& sight) const;
  // Where records say at what odds they bet.
  void bet(const Sight& sight, Second& second);
  void fill_ages(const Sight& sight);
  void look_for_another_weight(const Sight& sight);

  int deployment_;
  Trial trial_;
  std::optional<Time> last_;
  std::optional<Time> step_;
  bool exposed_ = false, promoted_ = false;
  double weight_ = -1;                 // of the last second …
  int steady_for_ = 0;                 // … and for how many before it
  int most_one_in_ = 1;                // of stable's requests were one record, since users are on the canary
  std::optional<Time> applied_since_;  // the weight; nothing: it is being changed
  std::optional<Routed> other_;        // that records say, for long, beside the one that was applied
  Arm canary_, stable_;
  std::vector<Portion> others_;
};

}  // namespace slipway::judge
