#include "scenario/scenario.h"

#include <algorithm>
#include <sstream>

#include "base/check.h"
#include "scenario/describe.h"
#include "scenario/ending.h"
#include "scenario/requests.h"
#include "scenario/status.h"

namespace slipway::scenario {
namespace {

using namespace core;

std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

InstanceName instance_name(const std::string& text) {
  InstanceName name;
  CHECK(std::sscanf(text.c_str(), "%d-%d", &name.deployment, &name.ordinal) == 2);
  return name;
}

// Whether somebody waits for the answer.
bool is_command(const Event& event) {
  struct Commands {
    bool operator()(const DeployRequested&) const { return true; }
    bool operator()(const RollbackRequested&) const { return true; }
    bool operator()(const AbortRequested&) const { return true; }
    bool operator()(const PromoteRequested&) const { return true; }
    bool operator()(const PauseRequested&) const { return true; }
    bool operator()(const ResumeRequested&) const { return true; }
    bool operator()(const FreezeRequested&) const { return true; }
    bool operator()(const FreezeLifted&) const { return true; }
    bool operator()(const EmergencyRequested&) const { return true; }
    bool operator()(const ApprovalGiven&) const { return true; }
    bool operator()(const ApprovalDeclined&) const { return true; }
    bool operator()(const Attested&) const { return true; }
    bool operator()(const CheckOverridden&) const { return true; }
    bool operator()(const EffectEnded&) const { return false; }
    bool operator()(const InstanceObserved&) const { return false; }
    bool operator()(const VerdictChanged&) const { return false; }
    bool operator()(const TimePassed&) const { return false; }
    bool operator()(const HostRebooted&) const { return false; }
    bool operator()(const LeaseLapsed&) const { return false; }
    bool operator()(const LeaseRenewed&) const { return false; }
    bool operator()(const WasAway&) const { return false; }
    bool operator()(const ClockJumped&) const { return false; }
    bool operator()(const CalendarResolved&) const { return false; }
    bool operator()(const AlertChanged&) const { return false; }
    bool operator()(const ReleaseOffered&) const { return false; }
    bool operator()(const ProofWithdrawn&) const { return false; }
    bool operator()(const ListenersChanged&) const { return false; }
    bool operator()(const ServersObserved&) const { return false; }
  };
  return std::visit(Commands{}, event);
}

// The same state and event always give the same step.
Step step_twice(TargetState state, const Event& event, Time now) {
  Step result = step(state, event, now);
  const Step again = step(std::move(state), event, now);
  CHECK(again.state == result.state && again.effects == result.effects && again.notes == result.notes);
  return result;
}

}  // namespace

Scenario::Scenario()
    : Scenario(Crashes::never(), {.driver = {}, .journal = {}, .step = step_twice}, People::look) {}

Scenario::Scenario(Crashes crashes, Interference interference, People people)
    : daemon_(std::move(crashes), std::move(interference), people,
              [this](const runner::Transaction& transaction) { print(transaction); }) {}

Json Scenario::ending() const {
  return scenario::ending(daemon_.disk(), daemon_.hands());
}

void Scenario::print(const runner::Transaction& transaction) {
  if (is_command(transaction.event))
    print((transaction.reply.accepted ? "accepted: " : "refused: ") + transaction.reply.message);
  for (const core::Note& note : transaction.notes) print("  " + note.text);
  if (quiet_) return;
  for (const Effect& effect : transaction.effects) print("  → " + describe(effect.body));
}

void Scenario::deploy(const std::vector<std::string>& words) {
  DeployRequested event = read_deploy(words, begin_);
  Request& request = event.request;
  const auto known =
      std::ranges::find_if(releases_, [&](const Request& r) { return r.release.version == words[1]; });
  if (known == releases_.end()) {
    request.release.revision = static_cast<int>(releases_.size()) + 1;
    releases_.push_back(request);
  } else {
    request.release = known->release;
  }
  daemon_.command(event);
}

// rollback [VERSION] [--force]: as the API does it, which knows the releases.
void Scenario::rollback(const std::vector<std::string>& words) {
  RollbackRequested event{.by = "bob"};
  std::string version;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--force")
      event.force = true;
    else
      version = words[i];
  }
  if (version.empty() && state().trail.size() > 1) version = state().trail[state().trail.size() - 2].version;
  for (const Request& request : releases_) {
    if (request.release.version != version) continue;
    event.earlier = request;
    event.earlier->kind = Request::Kind::rollback;
    event.earlier->by = "bob";
    if (words.size() > 1 && words[1] == version) event.revision = request.release.revision;
  }
  daemon_.command(event);
}

// answer WORD done|unchecked|failed|unavailable [after=T] [MESSAGE]: the oldest effect whose description
// begins so, with "_" for a blank. unchecked: it is done, and the proxy hasn't checked any of its servers
// yet.
void Scenario::answer(const std::vector<std::string>& words) {
  const auto& waiting = daemon_.hands().waiting();
  std::string begins = words[1];
  std::ranges::replace(begins, '_', ' ');
  const auto oldest = std::ranges::find_if(
      waiting, [&](const auto& entry) { return describe(entry.second.effect.body).starts_with(begins); });
  if (oldest == waiting.end()) return print("  (nothing to answer)");
  Outcome::Status status = Outcome::Status::done;
  if (words[2] == "failed") status = Outcome::Status::failed;
  if (words[2] == "unavailable") status = Outcome::Status::unavailable;
  unchecked_ = words[2] == "unchecked";
  const bool asks = words.size() > 3 && words[3].starts_with("after=");
  if (asks) retry_after_ = duration(words[3].substr(6));
  answer(Effect(oldest->second.effect), status, rest(words, asks ? 4 : 3));
  retry_after_.reset();
}

void Scenario::answer(const Effect& effect, Outcome::Status status, const std::string& message) {
  Outcome outcome;
  outcome.status = status;
  outcome.message = message;
  if (const auto* start = std::get_if<StartInstance>(&effect.body))
    outcome.port = 20'000 + start->instance.deployment * 100 + start->instance.ordinal;
  if (const auto* tests = std::get_if<RunSmokeTests>(&effect.body)) {
    for (const std::string& address : tests->addresses)
      outcome.smoke.push_back(
          {tests->tests[0].name, address, outcome.status == Outcome::Status::done, "", Duration{5}});
  }
  if (const auto* apply = std::get_if<ApplyRouting>(&effect.body); apply != nullptr && unchecked_)
    for (const Pool pool : {Pool::a, Pool::b})
      for (const Server& server : apply->routing.pool(pool).servers)
        outcome.unchecked.push_back(server.instance);
  unchecked_ = false;
  if (std::holds_alternative<AwaitDrained>(effect.body)) outcome.last_request = daemon_.now - Duration{3};
  if (std::holds_alternative<RunCheck>(effect.body)) look_at(outcome);
  if (std::holds_alternative<Notify>(effect.body) || std::holds_alternative<RunCheck>(effect.body))
    outcome.retry_after = retry_after_;
  daemon_.answer(effect.id, outcome);
}

// Who looks says what is the case; that it isn't met is no failure to look.
void Scenario::look_at(Outcome& outcome) {
  if (outcome.status == Outcome::Status::unavailable) return;
  outcome.evidence = Evidence{.passed = outcome.status == Outcome::Status::done,
                              .summary = outcome.message.empty() ? "exited with status 0" : outcome.message,
                              .tail = "what it printed"};
  outcome.status = Outcome::Status::done;
}

// verdict KIND REASON…: the judge's, of what is under way.
void Scenario::verdict(const std::vector<std::string>& words) {
  VerdictChanged event{state().deployments, {.reason = rest(words, 2)}};
  for (const auto kind : {judge::Verdict::Kind::healthy, judge::Verdict::Kind::unhealthy,
                          judge::Verdict::Kind::undecided, judge::Verdict::Kind::held})
    if (name(kind) == words[1]) event.verdict.kind = kind;
  if (event.verdict.kind == judge::Verdict::Kind::unhealthy)
    event.verdict.first_bad = daemon_.now - Duration{4000};
  daemon_.judge(event);
}

void Scenario::observe(const std::string& what, const std::vector<std::string>& words) {
  InstanceObserved event{instance_name(words[1]), Health::healthy, rest(words, 2), 0};
  if (what == "unhealthy" || what == "sick") event.health = Health::unhealthy;
  event.says_no = what == "sick";
  if (what == "gone") event.health = Health::gone;
  if (what == "crashed") {
    event.health = Health::unhealthy;
    event.restarts = std::stoi(words[2]);
    event.detail = rest(words, 3);
  }
  daemon_.observe(event);
}

// Every effect succeeds, every instance that runs is healthy; no time passes.
void Scenario::all_goes_well() {
  for (;;) {
    if (!daemon_.hands().waiting().empty()) {
      const Effect oldest = daemon_.hands().waiting().begin()->second.effect;
      daemon_.now += answer_takes;
      answer(oldest, Outcome::Status::done, "");
      continue;
    }
    std::optional<InstanceName> starting;
    for (const auto* fleet : {&state().stable, &state().canary, &state().previous}) {
      if (!*fleet || starting) continue;
      for (const Instance& instance : (*fleet)->instances)
        if (instance.running && !instance.ending && instance.health == Health::starting)
          starting = instance.name;
    }
    if (!starting) return;
    daemon_.observe(InstanceObserved{*starting, Health::healthy, "", 0});
  }
}

void Scenario::pass(Duration time) {
  const Time until = daemon_.now + time;
  for (auto next = daemon_.next_wakeup(); next && *next <= until; next = daemon_.next_wakeup()) {
    daemon_.now = std::max(daemon_.now, *next);
    daemon_.wake();
  }
  daemon_.now = until;
}

std::string Scenario::run(const std::string& command) {
  output_.clear();
  const std::vector<std::string> words = split(command);
  const std::string& verb = words[0];
  daemon_.now += Duration{1};
  if (verb == "deploy") {
    deploy(words);
  } else if (verb == "rollback") {
    rollback(words);
  } else if (verb == "abort") {
    daemon_.command(AbortRequested{"bob", ""});
  } else if (verb == "promote") {
    daemon_.command(PromoteRequested{"bob", ""});
  } else if (verb == "pause") {
    daemon_.command(PauseRequested{"bob", ""});
  } else if (verb == "resume") {
    daemon_.command(ResumeRequested{"bob", ""});
  } else if (verb == "verdict") {
    verdict(words);
  } else if (verb == "answer") {
    answer(words);
  } else if (verb == "proxy") {
    daemon_.tell(ServersObserved{{{instance_name(words[2]), words[1] == "up", rest(words, 3)}}});
  } else if (verb == "healthy" || verb == "unhealthy" || verb == "sick" || verb == "gone" ||
             verb == "crashed") {
    observe(verb, words);
  } else if (verb == "run") {
    quiet_ = true;
    all_goes_well();
    quiet_ = false;
  } else if (verb == "recover") {
    quiet_ = true;
    for (const auto* fleet : {&state().stable, &state().canary, &state().previous}) {
      if (!*fleet) continue;
      for (const Instance& instance : std::vector((*fleet)->instances))
        if (instance.running) daemon_.observe(InstanceObserved{instance.name, Health::healthy, "", 0});
    }
    all_goes_well();
    quiet_ = false;
  } else if (verb == "lag") {
    daemon_.sleep(duration(words[1]));  // nobody is woken
  } else if (verb == "asleep") {
    daemon_.sleep(duration(words[1]));
    daemon_.restart();
  } else if (verb == "pass") {
    pass(duration(words[1]));
  } else if (verb == "reboot") {
    daemon_.reboot();
  } else if (verb == "lapse") {
    daemon_.tell(LeaseLapsed{duration(words[1])});
  } else if (verb == "renew") {
    daemon_.tell(LeaseRenewed{});
  } else if (verb == "away") {
    daemon_.tell(WasAway{duration(words[1])});
  } else if (verb == "jump") {
    daemon_.sleep(duration(words[1]));
    daemon_.tell(ClockJumped{duration(words[1])});
  } else if (verb == "status") {
    for (const std::string& line : status_of(state(), daemon_.now)) print(line);
  } else if (const auto asked = read_word_of_a_person(words, begin_)) {
    daemon_.command(*asked);
  } else if (const auto told = read_word_of_the_world(words, begin_, state().deployments)) {
    daemon_.tell(*told);
  } else {
    print("unknown command");
  }
  return output_;
}

}  // namespace slipway::scenario
