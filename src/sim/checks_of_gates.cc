#include <algorithm>

#include "sim/checks.h"

// What must hold before a release begins, noted from what people and the world said.
namespace slipway::sim {
namespace {

// The deployment that began to touch something with this transaction, by what people asked for.
const core::Deployment* launched(const core::TargetState* before, const core::TargetState& after) {
  if (!after.deployment || after.deployment->gating.request || !after.deployment->gating.begun)
    return nullptr;
  const int number = after.deployment->record.number;
  const bool was_begun = before != nullptr && before->deployment &&
                         before->deployment->record.number == number && before->deployment->gating.begun;
  return was_begun || after.deployment->record.kind == core::Request::Kind::rollback ? nullptr
                                                                                     : &*after.deployment;
}

Duration expected(const Place& place, bool replaces) {
  Duration sum{};
  if (!replaces) return sum;
  for (const core::CanaryStep& step : place.steps) sum += step.hold;
  return sum + place.bake;
}

bool goes_forward(const core::TargetState& state) {
  return state.deployment && !state.deployment->undoing && !state.deployment->gating.request &&
         !state.deployment->record.promoted && state.deployment->record.kind == core::Request::Kind::deploy;
}

// Users that the deployment's own release is to get.
int forward_share(const core::TargetState& state) {
  if (!state.canary || !state.traffic.wanted) return 0;
  if (state.traffic.wanted->stable == state.canary->pool) return 101;
  return state.traffic.wanted->weight;
}

}  // namespace

void Checks::note_words(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction) {
  if (!transaction.reply.accepted) return;
  Heard& gates = seen.gates;
  const Time now = transaction.time;
  if (const auto* asked = std::get_if<core::FreezeRequested>(&transaction.event))
    gates.freezes.push_back(
        {transaction.state.freeze_number, asked->by, asked->reason, asked->from, asked->to});
  if (const auto* lifted = std::get_if<core::FreezeLifted>(&transaction.event))
    std::erase_if(gates.freezes, [&](const core::Freeze& freeze) { return freeze.number == lifted->number; });
  if (const auto* asked = std::get_if<core::EmergencyRequested>(&transaction.event)) {
    std::erase_if(gates.emergency, [&](const auto& entry) { return entry.second <= now; });
    gates.emergency.emplace(asked->by, asked->until);
    if (static_cast<int>(gates.emergency.size()) >= asked->rule.people) {
      Time until = asked->until;
      for (const auto& [who, when] : gates.emergency) until = std::min(until, when);
      gates.open = calendar::Slot{now, until, std::nullopt};
      gates.emergency.clear();
      world_.scene.marks.reach("an emergency window was opened");
    }
  }
  // What is said may let it begin, or end it, in the same breath.
  if (before == nullptr || !before->deployment) return;
  const core::DeploymentRecord& record = before->deployment->record;
  if (const auto* given = std::get_if<core::ApprovalGiven>(&transaction.event))
    if (!gates.approvals[record.number].insert(given->by).second)
      broke("approved", fmt::format("{} approves deployment {} of {} twice", given->by, record.number,
                                    transaction.target.text()));
  if (const auto* said = std::get_if<core::Attested>(&transaction.event))
    gates.met[{said->check, record.release.digest}] = {record.number, now, true};
  if (const auto* aside = std::get_if<core::CheckOverridden>(&transaction.event)) {
    // Of this deployment alone.
    gates.aside[record.number].insert(aside->check);
    world_.scene.marks.reach("a check was set aside");
  }
}

void Checks::note_look(Seen& seen, const core::TargetState* before, const runner::Transaction& transaction) {
  const auto* ended = std::get_if<core::EffectEnded>(&transaction.event);
  if (ended == nullptr || ended->outcome.status != core::Outcome::Status::done) return;
  const auto found = seen.open.find(ended->id);
  if (found == seen.open.end()) return;
  const auto* run = std::get_if<core::RunCheck>(&found->second.effect.body);
  if (run == nullptr || !ended->outcome.evidence) return;
  const bool met = ended->outcome.evidence->passed;
  const auto looked = seen.gates.looked.find(ended->id);
  if (looked == seen.gates.looked.end() || looked->second != met)
    broke("checked", fmt::format("{} of {} is held for {}, and wasn't seen so", run->check.name,
                                 transaction.target.text(), met ? "met" : "not met"));
  const std::pair key{run->check.name, run->release.digest};
  // What is answered too late may be of a deployment that is over.
  const int number = before != nullptr && before->deployment ? before->deployment->record.number : 0;
  if (met)
    seen.gates.met[key] = {number, transaction.time, false};
  else if (number != 0)
    seen.gates.met.erase(key);
}

// What was said and lost with the journal's tail was never said. What the world showed, it showed.
void Checks::remember_gates(Seen& seen, const Seen& before, const core::TargetState* state) {
  if (state == nullptr) return;
  Heard& gates = seen.gates;
  gates.looked = before.gates.looked;
  gates.freezes = state->freezes;
  if (state->emergency && state->emergency->open())
    gates.open = calendar::Slot{state->emergency->from, state->emergency->until, std::nullopt};
  if (state->emergency && !state->emergency->open())
    for (const core::Approval& one : state->emergency->people)
      gates.emergency.emplace(one.by, state->emergency->until);
  for (const core::Evidence& evidence : state->evidence)
    if (evidence.passed)
      gates.met[{evidence.check, evidence.artifact}] = {0, evidence.at, !evidence.by.empty()};
  if (!state->deployment) return;
  const int number = state->deployment->record.number;
  for (const core::Approval& one : state->deployment->gating.approvals)
    gates.approvals[number].insert(one.by);
  for (const core::Checking& checking : state->deployment->gating.checks) {
    if (!checking.evidence || !checking.evidence->passed) continue;
    if (checking.evidence->overridden)
      gates.aside[number].insert(checking.check.name);
    else
      gates.met[{checking.check.name, checking.evidence->artifact}] = {number, checking.evidence->at,
                                                                       !checking.evidence->by.empty()};
  }
}

void Checks::check_gates(Seen& seen, const core::TargetState* before,
                         const runner::Transaction& transaction) {
  note_words(seen, before, transaction);
  check_launch(seen, before, transaction);
  check_closed(seen, before, transaction);
}

void Checks::check_launch(Seen& seen, const core::TargetState* before,
                          const runner::Transaction& transaction) {
  const core::Deployment* begun = launched(before, transaction.state);
  if (begun == nullptr) return;
  const int place = world_.scene.index(transaction.target);
  const Gate& gate = world_.scene.place(place).gate;
  const core::DeploymentRecord& record = begun->record;
  const std::string whose = fmt::format("deployment {} of {} begins", record.number, record.release.version);
  if (gate.after && std::ranges::none_of(proofs_, [&](const core::Proof& proof) {
        return proof.digest == record.release.digest;
      }))
    broke("staged", fmt::format("{}, and staging never had it", whose));
  const auto& approvals = seen.gates.approvals[record.number];
  if (approvals.contains(record.by)) broke("approved", fmt::format("{}, approved by its author", whose));
  if (static_cast<int>(approvals.size()) < gate.approvals) {
    world_.scene.marks.reach("it went on without approvals, in time");
    if (!gate.proceeds || transaction.time < record.started + gate.expires)
      broke("approved", fmt::format("{}, approved by {} of {}", whose, approvals.size(), gate.approvals));
  } else if (gate.approvals > 0) {
    world_.scene.marks.reach("a release began with its approvals");
  }
  check_checklist(seen, transaction);
  const auto until = open_until(seen, place, transaction.time);
  const Duration needed = expected(world_.scene.place(place), record.replaced.has_value());
  if (!until)
    broke("closed", fmt::format("{} while {} is closed", whose, transaction.target.text()));
  else if (*until < transaction.time + needed)
    broke("closed", fmt::format("{} and takes {}, and {} closes in {}", whose, format_duration(needed),
                                transaction.target.text(), format_duration(*until - transaction.time)));
  else if (!gate.open.empty())
    world_.scene.marks.reach("a release began in a window");
}

void Checks::check_checklist(const Seen& seen, const runner::Transaction& transaction) {
  const Gate& gate = world_.scene.place(world_.scene.index(transaction.target)).gate;
  const core::DeploymentRecord& record = transaction.state.deployment->record;
  const auto aside = seen.gates.aside.find(record.number);
  for (int i = 0; i < gate.checks; ++i) {
    const std::string check = check_name(i);
    if (aside != seen.gates.aside.end() && aside->second.contains(check)) continue;
    const auto found = seen.gates.met.find({check, record.release.digest});
    const bool known = found != seen.gates.met.end();
    // The first is looked at for each deployment; the second is good for a while; the third is of the
    // artifact.
    const bool met = known && (i == 0   ? found->second.deployment == record.number && !found->second.said
                               : i == 1 ? transaction.time < found->second.at + gate.fresh
                                        : found->second.said);
    if (!met)
      broke("checked", fmt::format("deployment {} of {} begins, and {} isn't met", record.number,
                                   transaction.target.text(), check));
  }
  if (gate.checks > 0) world_.scene.marks.reach("a checklist was met");
}

// Deny beats allow, and an emergency window opens what no freeze closes.
std::optional<Time> Checks::open_until(const Seen& seen, int place, Time now) const {
  const Gate& gate = world_.scene.place(place).gate;
  const Time begin{Duration(1'800'000'000'000)};
  constexpr Duration long_time{400LL * 86'400'000};
  const auto& emergency = seen.gates.open;
  // What opens and closes is a few moments; from one to the next nothing changes.
  const auto is_open = [&](Time at) {
    const auto holds = [&](Time from, Time to) { return from <= at && at < to; };
    for (const core::Freeze& freeze : seen.gates.freezes)
      if (holds(freeze.from, freeze.to)) return false;
    if (emergency && holds(emergency->from, emergency->to)) return true;
    for (const Span& span : gate.closed)
      if (holds(begin + span.from, begin + span.to)) return false;
    return gate.open.empty() || std::ranges::any_of(gate.open, [&](const Span& span) {
             return holds(begin + span.from, begin + span.to);
           });
  };
  if (!is_open(now)) return std::nullopt;
  std::vector<Time> moments{now + long_time};
  for (const core::Freeze& freeze : seen.gates.freezes) moments.push_back(freeze.from);
  if (emergency) moments.push_back(emergency->to);
  for (const auto* spans : {&gate.open, &gate.closed})
    for (const Span& span : *spans) {
      moments.push_back(begin + span.from);
      moments.push_back(begin + span.to);
    }
  std::ranges::sort(moments);
  for (const Time moment : moments)
    if (moment > now && !is_open(moment)) return moment;
  return now + long_time;
}

void Checks::check_closed(const Seen& seen, const core::TargetState* before,
                          const runner::Transaction& transaction) {
  const core::TargetState& state = transaction.state;
  if (!goes_forward(state)) return;
  const int place = world_.scene.index(transaction.target);
  const Gate& gate = world_.scene.place(place).gate;
  if (gate.at_close == core::AtClose::finish || open_until(seen, place, transaction.time)) return;
  world_.scene.marks.reach("it closed while a release was under way");
  const int number = state.deployment->record.number;
  if (gate.at_close == core::AtClose::roll_back)
    return broke("closed", fmt::format("deployment {} of {} goes on while it is closed", number,
                                       transaction.target.text()));
  const bool same = before != nullptr && before->deployment && before->deployment->record.number == number;
  if (same && forward_share(state) > forward_share(*before))
    broke("closed", fmt::format("deployment {} of {} gets more users while it is closed", number,
                                transaction.target.text()));
}

}  // namespace slipway::sim
