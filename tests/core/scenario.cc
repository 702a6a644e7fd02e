#include "core/scenario.h"

#include <algorithm>
#include <sstream>

#include "base/check.h"

namespace slipway::core {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string rest(const std::vector<std::string>& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i == from ? "" : " ") + words[i];
  return text;
}

std::string pool_name(std::optional<Pool> pool) {
  if (!pool) return "none";
  return *pool == Pool::a ? "a" : "b";
}

std::string describe_routing(const Routing& r) {
  std::string text = fmt::format("{} stable={}", r.listen, pool_name(r.stable));
  if (r.previewed) text += fmt::format(" preview={}", pool_name(r.previewed));
  if (r.canary) text += fmt::format(" canary={} weight={}", pool_name(r.canary), r.weight);
  for (const Pool pool : {Pool::a, Pool::b})
    if (!r.pool(pool).servers.empty())
      text += fmt::format(" {}:{}", pool_name(pool), r.pool(pool).servers.size());
  return text;
}

std::string describe_effect(const EffectBody& body) {
  struct Describe {
    std::string operator()(const StartInstance& e) const {
      return fmt::format("start {} of {}", e.instance.text(), e.release.version);
    }
    std::string operator()(const StopInstance& e) const { return "stop " + e.instance.text(); }
    std::string operator()(const ApplyRouting& e) const { return "route " + describe_routing(e.routing); }
    std::string operator()(const AwaitDrained& e) const { return "drain " + pool_name(e.pool); }
    std::string operator()(const RunSmokeTests& e) const {
      return fmt::format("smoke test {} at {}", e.release.version, fmt::join(e.addresses, " "));
    }
  };
  return std::visit(Describe{}, body);
}

InstanceName instance_name(const std::string& text) {
  InstanceName name;
  CHECK(std::sscanf(text.c_str(), "%d-%d", &name.deployment, &name.ordinal) == 2);
  return name;
}

Duration duration(const std::string& text) {
  const auto parsed = parse_duration(text);
  CHECK(parsed.has_value());
  return *parsed;
}

}  // namespace

void Scenario::deliver(const Event& event) {
  const TargetState before = state_;
  Step result = step(state_, event, now_);
  // The same state and event always give the same step.
  const Step again = step(before, event, now_);
  CHECK(again.state == result.state && again.effects == result.effects && again.notes == result.notes);
  state_ = std::move(result.state);
  const bool is_command =
      std::holds_alternative<DeployRequested>(event) || std::holds_alternative<RollbackRequested>(event) ||
      std::holds_alternative<AbortRequested>(event) || std::holds_alternative<PromoteRequested>(event) ||
      std::holds_alternative<PauseRequested>(event) || std::holds_alternative<ResumeRequested>(event);
  if (is_command) print((result.reply.accepted ? "accepted: " : "refused: ") + result.reply.message);
  for (const std::string& note : result.notes) print("  " + note);
  for (const Effect& effect : result.effects) {
    open_.push_back(effect);
    if (!quiet_) print("  → " + describe_effect(effect.body));
  }
}

// deploy VERSION [instances=N] [steps=25:10m,100] [bake=T] [smoke] [listen=ADDRESS] [preview=ADDRESS]
// [triggers] [undecided=pause|advance|roll_back] [--end-bake]
void Scenario::deploy(const std::vector<std::string>& words) {
  DeployRequested event;
  Request& request = event.request;
  request.by = "alice";
  request.release.version = words[1];
  request.bound.listen = "127.0.0.1:8080";
  request.bound.run.instances = 2;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string key = words[i].substr(0, words[i].find('='));
    const std::string value = words[i].substr(std::min(words[i].size(), key.size() + 1));
    if (key == "instances") request.bound.run.instances = std::stoi(value);
    if (key == "bake") request.bound.strategy.bake = duration(value);
    if (key == "listen") request.bound.listen = value;
    if (key == "preview") request.bound.preview = value;
    if (key == "triggers") request.bound.rollback_triggers.push_back({.threshold = 50'000});
    if (key == "undecided" && value == "advance") request.bound.strategy.undecided = Undecided::advance;
    if (key == "undecided" && value == "roll_back") request.bound.strategy.undecided = Undecided::roll_back;
    if (key == "smoke") request.bound.smoke_tests.push_back({.name = "Health check", .get = "/health"});
    if (key == "--end-bake") event.end_bake = true;
    if (key != "steps") continue;
    request.bound.strategy.steps.clear();
    std::istringstream steps(value);
    for (std::string step; std::getline(steps, step, ',');) {
      const std::size_t colon = step.find(':');
      const Duration hold = colon == std::string::npos ? Duration::zero() : duration(step.substr(colon + 1));
      request.bound.strategy.steps.push_back({std::stoi(step.substr(0, colon)), hold});
    }
  }
  const auto known =
      std::ranges::find_if(releases_, [&](const Request& r) { return r.release.version == words[1]; });
  if (known == releases_.end()) {
    request.release.revision = static_cast<int>(releases_.size()) + 1;
    request.release.digest = std::string(64, 'd');
    releases_.push_back(request);
  } else {
    request.release = known->release;
  }
  deliver(event);
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
  if (version.empty() && state_.trail.size() > 1) version = state_.trail[state_.trail.size() - 2].version;
  for (const Request& request : releases_) {
    if (request.release.version != version) continue;
    event.earlier = request;
    event.earlier->kind = Request::Kind::rollback;
    event.earlier->by = "bob";
    if (words.size() > 1 && words[1] == version) event.revision = request.release.revision;
  }
  deliver(event);
}

// answer KIND-WORD done|failed|unavailable [MESSAGE]: the oldest effect whose description begins so.
void Scenario::answer(const std::vector<std::string>& words) {
  const auto effect = std::ranges::find_if(
      open_, [&](const Effect& e) { return describe_effect(e.body).starts_with(words[1]); });
  if (effect == open_.end()) return print("  (nothing to answer)");
  Outcome outcome;
  if (words[2] == "failed") outcome.status = Outcome::Status::failed;
  if (words[2] == "unavailable") outcome.status = Outcome::Status::unavailable;
  outcome.message = rest(words, 3);
  if (const auto* start = std::get_if<StartInstance>(&effect->body))
    outcome.port = 20'000 + start->instance.deployment * 100 + start->instance.ordinal;
  if (const auto* tests = std::get_if<RunSmokeTests>(&effect->body)) {
    for (const std::string& address : tests->addresses)
      outcome.smoke.push_back(
          {tests->tests[0].name, address, outcome.status == Outcome::Status::done, "", Duration{5}});
  }
  if (std::holds_alternative<AwaitDrained>(effect->body)) outcome.last_request = now_ - Duration{3};
  const EffectId id = effect->id;
  open_.erase(effect);
  deliver(EffectEnded{id, outcome});
}

// verdict KIND REASON…: the judge's, of what is under way.
void Scenario::verdict(const std::vector<std::string>& words) {
  VerdictChanged event{state_.deployments, {.reason = rest(words, 2)}};
  for (const auto kind : {judge::Verdict::Kind::healthy, judge::Verdict::Kind::unhealthy,
                          judge::Verdict::Kind::undecided, judge::Verdict::Kind::held})
    if (name(kind) == words[1]) event.verdict.kind = kind;
  if (event.verdict.kind == judge::Verdict::Kind::unhealthy) event.verdict.first_bad = now_ - Duration{4000};
  deliver(event);
}

void Scenario::observe(const std::string& what, const std::vector<std::string>& words) {
  InstanceObserved event{instance_name(words[1]), Health::healthy, rest(words, 2), 0};
  if (what == "unhealthy") event.health = Health::unhealthy;
  if (what == "gone") event.health = Health::gone;
  if (what == "crashed") {
    event.health = Health::unhealthy;
    event.restarts = std::stoi(words[2]);
    event.detail = rest(words, 3);
  }
  deliver(event);
}

// Every effect succeeds, every instance that runs is healthy; no time passes.
void Scenario::all_goes_well() {
  for (;;) {
    if (!open_.empty()) {
      const std::string first = describe_effect(open_.front().body);
      now_ += Duration{10};
      answer({"answer", first, "done"});
      continue;
    }
    std::optional<InstanceName> starting;
    for (const auto* fleet : {&state_.stable, &state_.canary, &state_.previous}) {
      if (!*fleet || starting) continue;
      for (const Instance& instance : (*fleet)->instances)
        if (instance.running && !instance.ending && instance.health == Health::starting)
          starting = instance.name;
    }
    if (!starting) return;
    deliver(InstanceObserved{*starting, Health::healthy, "", 0});
  }
}

void Scenario::pass(Duration time) {
  const Time until = now_ + time;
  for (auto next = next_wakeup(state_); next && *next <= until; next = next_wakeup(state_)) {
    CHECK(*next > now_ || *next > state_.now);
    now_ = std::max(now_, *next);
    deliver(TimePassed{});
  }
  now_ = until;
}

void Scenario::status() {
  const auto role = [&](std::string_view name, const std::optional<Fleet>& fleet) {
    if (!fleet) return;
    print(fmt::format("  {}: {} of deployment {}, pool {}, {} of {} healthy", name, fleet->release.version,
                      fleet->deployment, pool_name(fleet->pool), fleet->healthy(), fleet->instances.size()));
  };
  role("stable", state_.stable);
  role("canary", state_.canary);
  role("previous", state_.previous);
  if (state_.traffic.applied) print("  users: " + describe_routing(*state_.traffic.applied));
  if (!state_.traffic.applied) print("  users: unknown");
  if (state_.deployment)
    print(fmt::format("  deployment {}: {}{}", state_.deployment->record.number,
                      name(state_.deployment->stage().kind),
                      state_.deployment->undoing ? ", going back" : ""));
  if (state_.deployment && state_.deployment->paused) print("  paused");
  if (const auto judging = duties(state_).judging)
    print(fmt::format("  judged: pool {}, users on it for {}, in this step for {}",
                      pool_name(judging->canary), format_duration(now_ - judging->question.exposed),
                      format_duration(now_ - judging->question.step)));
  if (state_.deployment && state_.deployment->stuck) print("  stuck: " + state_.deployment->stuck->reason);
  if (state_.queued) print("  queued: " + state_.queued->request.release.version);
  if (duties(state_).lease) print("  lease renewed");
}

std::string Scenario::run(const std::string& command) {
  output_.clear();
  const std::vector<std::string> words = split(command);
  const std::string& verb = words[0];
  now_ += Duration{1};
  if (verb == "deploy") {
    deploy(words);
  } else if (verb == "rollback") {
    rollback(words);
  } else if (verb == "abort") {
    deliver(AbortRequested{"bob", ""});
  } else if (verb == "promote") {
    deliver(PromoteRequested{"bob", ""});
  } else if (verb == "pause") {
    deliver(PauseRequested{"bob", ""});
  } else if (verb == "resume") {
    deliver(ResumeRequested{"bob", ""});
  } else if (verb == "verdict") {
    verdict(words);
  } else if (verb == "answer") {
    answer(words);
  } else if (verb == "healthy" || verb == "unhealthy" || verb == "gone" || verb == "crashed") {
    observe(verb, words);
  } else if (verb == "run") {
    quiet_ = true;
    all_goes_well();
    quiet_ = false;
  } else if (verb == "recover") {
    quiet_ = true;
    for (const auto* fleet : {&state_.stable, &state_.canary, &state_.previous}) {
      if (!*fleet) continue;
      for (const Instance& instance : std::vector((*fleet)->instances))
        if (instance.running) deliver(InstanceObserved{instance.name, Health::healthy, "", 0});
    }
    all_goes_well();
    quiet_ = false;
  } else if (verb == "lag") {
    now_ += duration(words[1]);  // nobody is woken
  } else if (verb == "pass") {
    pass(duration(words[1]));
  } else if (verb == "reboot") {
    open_.clear();
    deliver(HostRebooted{"boot"});
  } else if (verb == "lapse") {
    deliver(LeaseLapsed{duration(words[1])});
  } else if (verb == "away") {
    deliver(WasAway{duration(words[1])});
  } else if (verb == "jump") {
    now_ += duration(words[1]);
    deliver(ClockJumped{duration(words[1])});
  } else if (verb == "status") {
    status();
  } else {
    print("unknown command");
  }
  return output_;
}

}  // namespace slipway::core
