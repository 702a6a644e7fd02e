#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/value.h"
#include "core/plan.h"

// All that is known of one target. Values: comparable, printable as JSON, and journalled whole with every
// event.
namespace slipway::core {

// Of TargetState as it is written. A journal of a later format is refused.
inline constexpr int state_format = 1;

// How the proxy's own checks find an instance. Of one that it doesn't have nothing is known against it.
enum class Seen { up, unchecked, down };

struct Instance {
  InstanceName name;
  int port = 0;                  // 0: never started
  bool running = false;          // its last start succeeded, and it was not seen gone since
  std::optional<EffectId> open;  // the start or stop under way …
  bool ending = false;           // … and which of them
  int failures = 0;              // starts that failed, in a row
  std::optional<Time> retry_at;
  Health health = Health::starting;  // as the daemon finds it
  std::string detail;
  int restarts = 0;
  bool says_no = false;
  Seen seen = Seen::up;
  std::string seen_detail;  // why it is down
  Time since{};             // of `health`

  // As both find it: what the proxy counts as down is unhealthy.
  Health standing() const;
  std::string why() const;  // it isn't healthy
  bool operator==(const Instance&) const = default;
};

// One deployment's release with its instances and the pool that they have in the proxy.
struct Fleet {
  int deployment = 0;
  Release release;
  Bound bound;
  Pool pool = Pool::a;
  bool leaving = false;   // no longer among the proxy's servers …
  bool stopping = false;  // … and then its instances are stopped
  std::vector<Instance> instances;
  int healthy() const;
  int usable() const;  // those of the healthy ones that the proxy has found up
  bool operator==(const Fleet&) const = default;
};

enum class OutcomeKind { under_way, promoted, rolled_back, aborted, superseded, failed };
// So few of its instances are up to the proxy that all of them get requests.
bool panics(const Fleet& fleet);

std::string_view name(OutcomeKind kind);

// What went wrong, again and again, while users were to be brought back. Retried with backoff.
struct Stuck {
  Time since{};
  std::string reason;
  bool operator==(const Stuck&) const = default;
};

struct Approval {
  std::string by;
  std::string reason;
  Time at{};
  bool operator==(const Approval&) const = default;
};

// What is said of a deployment while it is under way, and what stays of it in the history.
struct DeploymentRecord {
  int number = 0;
  Request::Kind kind = Request::Kind::deploy;
  Release release;
  std::optional<Release> replaced;  // what was stable before
  std::string by;
  std::string reason;
  Time started{};
  std::optional<Time> promoted;
  std::optional<Time> ended;
  bool untouched = false;  // it ended before its gates were passed: nothing of it was ever started
  bool cut_short = false;  // it was promoted, and the host rebooted before its bake was over
  OutcomeKind outcome = OutcomeKind::under_way;
  std::string cause;  // why it ended so; empty where all went to plan
  // Where users went back: the first request that counted against the release, the decision, and the last
  // request that reached it. The first and the last are known where requests are recorded.
  std::optional<Time> first_bad;
  std::optional<Time> decided;
  std::optional<Time> last_request;
  std::optional<judge::Evidence> evidence;  // what the judge said when it ended it
  Source source;
  std::vector<Evidence> checks;  // of the checklist, once it was gone through; the tails of failed ones alone
  std::vector<Approval> approvals;
  bool operator==(const DeploymentRecord&) const = default;
};

// A check of the deployment under way.
struct Checking {
  Check check;
  std::optional<EffectId> open;
  std::optional<Evidence> evidence;
  int failures = 0;  // tries that couldn't look, in a row
  std::optional<Time> retry_at;
  std::optional<Time> since;  // the first try; for the check's timeout it is tried again
  std::string problem;        // why the last try couldn't look
  bool operator==(const Checking&) const = default;
};

// What is asked of a deployment before it touches anything; and while it is under way, the calendar.
struct Gating {
  std::optional<Request> request;  // until the gates are passed; then its release has a fleet
  Source source;
  calendar::Slots calendar;
  std::optional<calendar::ReleaseClass> release_class;
  std::optional<Time> not_before;
  std::vector<Checking> checks;  // as in the checklist
  Approvals needed;              // what the environment or the schedule asks for
  std::vector<Approval> approvals;
  std::vector<Proof> proofs;
  bool wait = false;          // for the window, however long
  bool said = false;          // at the stage "window": that it waits; under way: that it is closed
  std::optional<Time> begun;  // when the gates were passed
  bool operator==(const Gating&) const = default;
};

// An alert that is firing.
struct Firing {
  std::string alert;
  Time since{};
  double value = 0;
  bool operator==(const Firing&) const = default;
};

// Nobody is moved forward.
struct Paused {
  Time since{};
  std::string by;  // empty: by itself, since at twice the hold it was undecided
  std::string reason;
  bool operator==(const Paused&) const = default;
};

struct Deployment {
  SLIPWAY_DECLARE_VALUE(Deployment);

  DeploymentRecord record;
  std::vector<Stage> stages;  // done ones, the one at `cursor`, those to come; undoing replaces the last
  std::size_t cursor = 0;
  Time entered{};                // the stage at `cursor`
  Duration spent{};              // in stages that the progress deadline counts, before this one
  std::optional<EffectId> open;  // the stage's own effect, under way
  bool effect_done = false;      // and it is done
  std::optional<Time> retry_at;
  int failures = 0;
  bool undoing = false;  // the ledger is walked backwards
  bool force = false;
  std::optional<Stuck> stuck;
  std::optional<Paused> paused;
  std::optional<Time> lapsed;             // since when the lease is over, and users are on stable
  bool extended = false;                  // the hold goes on beyond its end, and that was said
  bool go_on = false;                     // a person said that the hold is over, whatever the judge says
  std::optional<judge::Verdict> verdict;  // the last one in this step
  std::optional<Time> exposed;            // since when users are on the new release, without a gap
  Time step{};                            // since when so many of them
  std::vector<Release> trail_before;      // TargetState::trail as it was before promotion
  Gating gating;
  std::vector<Firing> firing;
  bool announced = false;  // how it ended was told
  bool unserved = false;   // in this stage the proxy had no server of the promoted release up

  const Stage& stage() const { return stages[cursor]; }
  bool operator==(const Deployment&) const;
};

// What the proxy was told, against what it is to be told. One effect at a time; but users who are taken back
// overtake what was asked for before, whose outcome is nobody's then.
struct Traffic {
  std::optional<Routing> wanted;
  std::optional<Routing> applied;  // nothing: unknown
  std::optional<Routing> sent;     // with `open`
  std::optional<EffectId> open;
  int failures = 0;
  std::optional<Time> retry_at;
  std::string problem;  // why the last try failed
  bool settled() const { return !open && wanted == applied; }
  bool operator==(const Traffic&) const = default;
};

struct Freeze {
  int number = 0;
  std::string by;
  std::string reason;
  Time from{};
  Time to{};
  bool operator==(const Freeze&) const = default;
};

// A window that people open. Open once as many as `rule` needs are in `people`.
struct Emergency {
  std::vector<Approval> people;
  EmergencyRule rule;
  Time from{};  // since it is open
  Time until{};
  bool open() const { return static_cast<int>(people.size()) >= rule.people; }
  bool operator==(const Emergency&) const = default;
};

// What is to be told to one channel. Letters about one deployment to one channel arrive in order.
struct Letter {
  std::string id;  // the first effect's
  Channel channel;
  Notice notice;
  std::optional<EffectId> open;
  int failures = 0;
  std::optional<Time> retry_at;
  bool operator==(const Letter&) const = default;
};

// An alert's command that runs.
struct Commanded {
  EffectId open;
  int deployment = 0;
  std::string alert;
  bool operator==(const Commanded&) const = default;
};

// What is to be put before another environment, until it was.
struct Handover {
  OfferRelease offer;
  std::optional<EffectId> open;
  int failures = 0;
  std::optional<Time> retry_at;
  bool operator==(const Handover&) const = default;
};

struct Offer {
  Release release;
  std::string from;
  Time at{};
  bool operator==(const Offer&) const = default;
};

struct TargetState {
  SLIPWAY_DECLARE_VALUE(TargetState);

  int format = state_format;
  Target target;
  std::int64_t events = 0;  // the number of the last one
  Time now{};
  int deployments = 0;  // the number of the last one
  std::optional<Fleet> stable, canary, previous;
  Traffic traffic;
  std::optional<Deployment> deployment;
  std::optional<DeployRequested> queued;  // starts when what is under way has been undone, or its bake ended
  int queued_number = 0;
  std::vector<Release> trail;      // promoted releases, oldest first, the stable one last; at most eleven
  std::optional<Time> went_back;   // when stable was last brought back, if nothing was begun since
  std::optional<Time> rebooted;    // and stable isn't up yet: only then is the proxy told anything
  std::string boot;                // the last one that it was told of; empty: none
  std::vector<Evidence> evidence;  // the newest of each check and artifact; at most 200, oldest first
  std::vector<Freeze> freezes;     // that aren't over
  int freeze_number = 0;           // of the last one
  std::optional<Emergency> emergency;
  std::vector<Letter> outbox;  // oldest first; at most 1000
  std::optional<Offer> offer;  // until it is deployed here, or another is offered
  std::vector<Commanded> commanded;
  std::vector<Handover> handovers;             // one for each environment at most
  std::vector<std::string> missing_listeners;  // where nobody can be served, as ListenersChanged said last
  bool operator==(const TargetState&) const;
};

// What becomes of the users of a fleet that panics, and why it does.
std::string describe_panic(const TargetState& state, const Fleet& fleet);

// Nothing was ever begun, said or offered there that holds still: somebody mistyped its name, perhaps.
bool is_blank(const TargetState& state);

}  // namespace slipway::core
