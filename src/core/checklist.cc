#include <algorithm>

#include "base/text.h"
#include "core/turn.h"

// The checklist: every line of it is looked at side by side, or said by a person, or set aside.
namespace slipway::core {
namespace {

constexpr Duration longest_between_looks{30'000};  // between two tries of a check that can't be looked at
constexpr std::size_t kept = 200;

bool is_good(const Evidence& evidence, const Check& check, const Release& release, Time now) {
  if (!evidence.passed || evidence.check != check.name || evidence.artifact != release.digest) return false;
  // What is to be looked at isn't met by somebody's word.
  if (check.kind != Check::Kind::attest && !evidence.by.empty()) return false;
  if (check.fresh_for) return now < evidence.at + *check.fresh_for;
  return check.kind == Check::Kind::attest;
}

void keep(TargetState& state, Evidence evidence) {
  evidence.tail.clear();
  std::erase_if(state.evidence, [&](const Evidence& other) {
    return other.check == evidence.check && other.artifact == evidence.artifact;
  });
  state.evidence.push_back(std::move(evidence));
  if (state.evidence.size() > kept) state.evidence.erase(state.evidence.begin());
}

// It couldn't be looked at, which says nothing of the release: true where it is tried again.
bool is_held(Turn& turn, Checking& checking, const Outcome& outcome) {
  checking.failures += 1;
  checking.problem = outcome.message;
  if (!checking.since) checking.since = turn.now;
  const Time last = *checking.since + checking.check.timeout;
  if (turn.now >= last) return false;
  if (checking.failures == 1)
    turn.note("{} can't be looked at: {}; tried again until {}", checking.check.name, outcome.message,
              format_time(last));
  const Duration wait = std::max(backoff(checking.failures, Duration(1000), longest_between_looks),
                                 outcome.retry_after.value_or(Duration::zero()));
  checking.retry_at = wait < last - turn.now ? turn.now + wait : last;
  return true;
}

Checking* find(Deployment& deployment, const std::string& name) {
  for (Checking& checking : deployment.gating.checks)
    if (checking.check.name == name) return &checking;
  return nullptr;
}

std::string no_such_check(const Deployment& deployment, const std::string& name) {
  std::vector<std::string> names;
  for (const Checking& checking : deployment.gating.checks) names.push_back(checking.check.name);
  const auto meant = nearest(name, names);
  return fmt::format(
      "the checklist of {} has no check \"{}\"{}", deployment.record.release.version, name,
      meant ? fmt::format("; did you mean \"{}\"?", *meant)
            : fmt::format(": it has {}", names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

RunCheck effect_of(const TargetState& state, const Check& check) {
  const Gating& gating = state.deployment->gating;
  const Bound& bound = gating.request->bound;
  RunCheck effect{.check = check, .release = gating.request->release, .source = gating.source};
  effect.github = bound.gates.github;
  effect.run = bound.run;
  effect.rollback_within = bound.gates.rollback_within;
  effect.way_back = longest_way_back(bound);
  effect.alerts = static_cast<int>(bound.alerts.size());
  for (const Channel& channel : bound.notifications)
    if (channel.on.contains(NoticeKind::alert)) effect.alarms.push_back(channel);
  if (state.stable) {
    effect.replaces = true;
    effect.stable = state.stable->bound.run;
    effect.healthy = state.stable->healthy();
  }
  return effect;
}

void fail_checklist(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  std::string list;
  for (Checking& checking : deployment.gating.checks) {
    if (!checking.evidence || checking.evidence->passed) continue;
    list +=
        fmt::format("{}{}: {}", list.empty() ? "" : "; ", checking.check.name, checking.evidence->summary);
  }
  const std::string cause = "the checklist isn't met: " + list;
  tell(turn, NoticeKind::checklist_failed, list);
  deployment.announced = true;
  undo(turn, OutcomeKind::aborted, cause);
}

}  // namespace

std::vector<Checking> checks_of(const TargetState& state, const Request& request, Time now) {
  std::vector<Checking> checks;
  for (const Check& check : request.bound.gates.checklist) {
    Checking checking{.check = check};
    const auto known = std::ranges::find_if(state.evidence, [&](const Evidence& evidence) {
      return is_good(evidence, check, request.release, now);
    });
    if (known != state.evidence.end()) checking.evidence = *known;
    if (const auto reason = request.overrides.find(check.name); reason != request.overrides.end())
      checking.evidence = Evidence{.check = check.name,
                                   .artifact = request.release.digest,
                                   .passed = true,
                                   .by = request.by,
                                   .overridden = true,
                                   .summary = reason->second,
                                   .at = now};
    checks.push_back(std::move(checking));
  }
  return checks;
}

bool checklist_is_met(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  bool looked_at = true, met = true, failed = false;
  for (Checking& checking : deployment.gating.checks) {
    if (checking.evidence) {
      failed = failed || !checking.evidence->passed;
      continue;
    }
    met = false;
    if (checking.check.kind == Check::Kind::attest) continue;
    looked_at = false;
    if (checking.open || (checking.retry_at && turn.now < *checking.retry_at)) continue;
    checking.retry_at.reset();
    if (!checking.since) checking.since = turn.now;
    checking.open = turn.emit(effect_of(turn.state(), checking.check));
  }
  if (failed && looked_at) {
    fail_checklist(turn);
    return false;
  }
  return met && !failed && !deployment.paused;
}

bool check_ended(Turn& turn, const EffectId& id, const Outcome& outcome) {
  TargetState& state = turn.state();
  if (!state.deployment) return false;
  Deployment& deployment = *state.deployment;
  const auto found = std::ranges::find_if(deployment.gating.checks,
                                          [&](const Checking& checking) { return checking.open == id; });
  if (found == deployment.gating.checks.end()) return false;
  found->open.reset();
  if (found->evidence) return true;  // set aside meanwhile
  const bool unseen = outcome.status == Outcome::Status::unavailable;
  if (unseen && is_held(turn, *found, outcome)) return true;
  Evidence evidence = outcome.evidence.value_or(Evidence{.summary = outcome.message});
  if (unseen)
    evidence.summary = fmt::format("it couldn't be looked at for {}: {}",
                                   format_duration(turn.now - *found->since), outcome.message);
  if (outcome.status != Outcome::Status::done) evidence.passed = false;
  evidence.check = found->check.name;
  evidence.artifact = deployment.record.release.digest;
  evidence.at = turn.now;
  turn.note("{} {}: {}", evidence.passed ? "✓" : "✗", evidence.check, evidence.summary);
  keep(state, evidence);
  found->evidence = std::move(evidence);
  return true;
}

bool drop_stale_checks(Turn& turn) {
  Deployment& deployment = *turn.state().deployment;
  bool dropped = false;
  for (Checking& checking : deployment.gating.checks) {
    const auto& evidence = checking.evidence;
    if (!evidence || evidence->overridden || !checking.check.fresh_for ||
        turn.now < evidence->at + *checking.check.fresh_for)
      continue;
    turn.note("{} is older than {}: it is looked at again", checking.check.name,
              format_duration(*checking.check.fresh_for));
    checking.evidence.reset();
    checking.failures = 0;
    checking.since.reset();
    checking.problem.clear();
    dropped = true;
  }
  return dropped;
}

void take(Turn& turn, const Attested& event) {
  TargetState& state = turn.state();
  Evidence evidence{.check = event.check,
                    .artifact = event.artifact,
                    .passed = true,
                    .by = event.by,
                    .summary = event.note,
                    .at = turn.now};
  const bool of_deployment =
      gating(state) && (event.artifact.empty() || event.artifact == state.deployment->record.release.digest);
  if (!of_deployment) {
    if (event.artifact.empty())
      return turn.refuse(
          fmt::format("nothing waits for an attestation at {}; of what is it to be? Name the release: "
                      "slipway attest {} \"{}\" --version VERSION",
                      state.target.text(), state.target.text(), event.check));
    turn.note("{} attested {} of {:.12}…{}", event.by, event.check, event.artifact,
              event.note.empty() ? "" : ": " + event.note);
    keep(state, std::move(evidence));
    return turn.accept(fmt::format("attested: {}", event.check), std::nullopt);
  }
  Checking* checking = find(*state.deployment, event.check);
  if (checking == nullptr) return turn.refuse(no_such_check(*state.deployment, event.check));
  if (checking->check.kind != Check::Kind::attest)
    return turn.refuse(
        fmt::format("\"{}\" is looked at, not attested; to set it aside: slipway override {} \"{}\" "
                    "--reason WHY",
                    event.check, state.target.text(), event.check));
  evidence.artifact = state.deployment->record.release.digest;
  turn.note("✓ {}: attested by {}{}", event.check, event.by, event.note.empty() ? "" : ": " + event.note);
  keep(state, evidence);
  checking->evidence = std::move(evidence);
  turn.accept(fmt::format("attested: {}", event.check), state.deployment->record.number);
}

void take(Turn& turn, const CheckOverridden& event) {
  TargetState& state = turn.state();
  if (!gating(state))
    return turn.refuse(fmt::format("no checklist is being gone through at {}", state.target.text()));
  if (event.reason.empty()) return turn.refuse("say why it is set aside: --reason WHY");
  Checking* checking = find(*state.deployment, event.check);
  if (checking == nullptr) return turn.refuse(no_such_check(*state.deployment, event.check));
  const auto& known = checking->evidence;
  if (known && known->overridden && known->by == event.by && known->summary == event.reason)
    return turn.accept(fmt::format("{} is set aside already", event.check), state.deployment->record.number);
  checking->evidence = Evidence{.check = event.check,
                                .artifact = state.deployment->record.release.digest,
                                .passed = true,
                                .by = event.by,
                                .overridden = true,
                                .summary = event.reason,
                                .at = turn.now};
  const std::string what = fmt::format("{} was set aside by {}: {}", event.check, event.by, event.reason);
  turn.note("{}", what);
  tell(turn, NoticeKind::override_, what);
  turn.accept(fmt::format("set aside: {}", event.check), state.deployment->record.number);
}

}  // namespace slipway::core
