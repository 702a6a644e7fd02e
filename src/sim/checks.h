#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/step.h"
#include "runner/doors.h"
#include "sim/invariants.h"
#include "sim/world.h"

namespace slipway::sim {

struct Broken {
  std::string invariant;
  std::string detail;
};

// What users met of a release in a second, and the daemon was told of.
struct Meeting {
  enum class Quality { usual, slow, fails_a_few, failing };
  int place = 0;
  int deployment = 0;
  std::int64_t requests = 0, errors = 0;
  Quality quality = Quality::usual;
};

// Watches the doors and the world, and believes neither the core nor the runner: what it compares with, it
// noted itself when it happened.
class Checks {
 public:
  explicit Checks(World& world) : world_(world), targets_(world.proxies.size()) {}
  Checks(const Checks&) = delete;
  Checks& operator=(const Checks&) = delete;

  // The journal took it. `before` is what it held of the target.
  void appended(const core::TargetState* before, const runner::Transaction& transaction);
  void journal_works(bool does) { journal_works_ = does; }

  // The runner asked for it; the world looked; the world changed.
  void asked(const core::Effect& effect, int life);
  void observed(const core::Effect& effect, int life);
  void acts(const core::Effect& effect, const core::Outcome& outcome);
  // The keeper asks for a longer lease.
  void renews(const core::Target& target);
  // The judge's word is passed on.
  void judged(const core::Target& target, const core::VerdictChanged& verdict);
  void met(const Meeting& meeting);
  // The judge knows nothing of what was before.
  void tried_anew(int place, int deployment) { targets_[static_cast<std::size_t>(place)].anew = deployment; }
  // A person asked, and was answered.
  void answered(const core::Reply& reply);
  // What has succeeded in staging, as people can know it.
  const std::vector<core::Proof>& proofs() const { return proofs_; }
  const std::vector<std::string>& outcomes() const { return outcomes_; }
  // A daemon has read its journal and has what `targets` say.
  void recovered();
  // The disk lied: the last of what the journal took is gone.
  void lost_tail();
  // Between any two things that happen. `live`: the runner's own idea, if there is a runner.
  void look(const std::map<core::Target, core::TargetState>* live);
  // Nothing more is to happen, long after all was healed.
  void at_rest();

  // The journal's state of a place, or nothing.
  std::function<const core::TargetState*(int place)> journal;

  const std::optional<Broken>& broken() const { return broken_; }
  void broke(std::string_view invariant, std::string detail);

 private:
  struct Hold {
    int deployment = 0;
    std::size_t cursor = 0;
    Duration lasts{};
    Duration since{};   // users are there without a gap, in true time
    Duration paused{};  // altogether, since then
    std::optional<Duration> pause;
    bool steered = false;  // a person said that it is over
    bool early = false;    // the judge may say that it is over
  };
  // What was heard of a deployment's users.
  struct Met {
    std::int64_t requests = 0, errors = 0;
    std::int64_t beside = 0;   // and of those of others, meanwhile
    std::int64_t in_step = 0;  // of the requests, since the hold began
    bool worse = false;        // than usual, for a second at least
    // The last ones, without another in between.
    Meeting::Quality quality = Meeting::Quality::usual;
    std::int64_t alike = 0, seconds = 0;
  };
  struct Open {
    core::Effect effect;
    int journalled = 0;  // by which life of the daemon …
    int asked = 0;       // … asked for by which last …
    int observed = 0;    // … and looked at by which
  };
  // What was heard of gates, of the place.
  struct Heard {
    std::map<int, std::set<std::string>> approvals;  // by deployment
    struct Looked {
      int deployment = 0;
      Time at{};
      bool said = false;  // by a person
    };
    std::map<std::pair<std::string, std::string>, Looked> met;  // by check and digest
    std::map<core::EffectId, bool> looked;                      // whether it was met, as the world had it
    std::map<int, std::set<std::string>> aside;                 // checks, by deployment
    std::vector<core::Freeze> freezes;
    std::map<std::string, Time> emergency;  // who asked for one, until when
    std::optional<calendar::Slot> open;     // one that is
  };
  // What was told, of one deployment to one channel.
  struct Told {
    std::set<std::string> ids;
    std::string newest;  // of them
    Time last{};
    std::set<core::NoticeKind> kinds;
  };
  // Users are to be taken back from a deployment.
  struct WayBack {
    int deployment = 0;
    Duration since{};
    bool excused = false;  // something else than the master was in the way, since then
    bool met = false;      // by users, since then
    bool waited = false;   // its target, for a reload, when it was decided
  };
  struct Seen {
    Heard gates;
    std::map<std::pair<int, int>, Told> told;  // by deployment and channel
    std::map<int, int> letters;                // that a deployment began: how many
    std::map<int, int> letters_of_ends;
    std::map<core::EffectId, Open> open;
    std::set<int> tested;  // deployments whose tests before users passed
    std::set<int> begun;   // deployments that were accepted and have not ended
    std::optional<Hold> hold;
    Duration promoted{};
    bool bake_cut = false;
    Duration wall_offset{};        // as the core knows it
    std::optional<Duration> home;  // since when the journal wants nobody on the canary
    bool excused = false;          // the proxy had a reason to be late, since then
    std::optional<WayBack> way_back;
    std::optional<Duration> renewable;         // since when the canary's lease could be renewed
    std::optional<Duration> lapsed;            // since when the proxy's lease is over, with a canary
    std::optional<core::VerdictChanged> word;  // the judge's last
    int proxy_changes = -1;                    // looked at already …
    bool canary_had_users = false;             // … with this
    bool stale = false;                        // the proxy holds what the journal lost
    int meets = 0;                             // the deployment that goes forward …
    std::uint64_t met = 0;                     // … and the users who met it
    std::map<std::string, int> salts;          // and the deployments that they are of
    std::map<int, Met> heard;                  // by deployment
    int anew = 0;                              // the deployment whose trial was begun anew
    std::set<core::InstanceName> not_up;       // what the daemon was told of the proxy's servers
  };

  void check_numbers(const core::TargetState* before, const runner::Transaction& transaction);
  void check_records(Seen& seen, const runner::Transaction& transaction);
  void check_capacity(const core::TargetState* before, const runner::Transaction& transaction);
  void check_hold(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction);
  void check_bake(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction);
  void note_servers(Seen& seen, const runner::Transaction& transaction);
  void check_served(const Seen& seen, const core::TargetState* before,
                    const runner::Transaction& transaction);
  void check_everywhere(int place);
  void check_applied(const runner::Transaction& transaction, int place);
  void check_users(Seen& seen, int place, const core::TargetState* state);
  void check_sticky(Seen& seen, int place, const core::TargetState* state);
  void check_home(Seen& seen, int place, const core::TargetState* state);
  void check_way_back(Seen& seen, int place, const core::TargetState* state);
  bool proxy_errs(int place) const;
  void check_kept(Seen& seen, int place, const core::TargetState* state);
  void check_lapse(Seen& seen, int place);
  void check_unhealthy(const Seen& seen, const core::Target& target, const core::VerdictChanged& word);
  void check_healthy(const Seen& seen, int place, const core::VerdictChanged& word);
  void remember_gates(Seen& seen, const Seen& before, const core::TargetState* state);
  void note_words(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction);
  void note_look(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction);
  void check_gates(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction);
  void check_launch(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction);
  void check_checklist(const Seen& seen, const runner::Transaction& transaction);
  void check_closed(const Seen& seen, const core::TargetState* before,
                    const runner::Transaction& transaction);
  std::optional<Time> open_until(const Seen& seen, int place, Time now) const;  // nothing: it is closed
  void check_letters(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction);
  void letter_arrives(Seen& seen, const core::Notify& letter);
  void note_outcome(const runner::Transaction& transaction, const core::DeploymentRecord& record);
  void check_rest(const Seen& seen, int place, const core::TargetState& state);
  Seen& seen(const core::Target& target) {
    return targets_[static_cast<std::size_t>(world_.scene.index(target))];
  }

  World& world_;
  std::vector<Seen> targets_;
  bool journal_works_ = true;
  bool just_recovered_ = false;
  std::vector<core::Proof> proofs_;
  std::vector<std::string> outcomes_;
  std::optional<Broken> broken_;
};

}  // namespace slipway::sim
