#include "server/api/changes.h"

#include <map>

#include "base/json.h"
#include "base/time.h"
#include "calendar/resolve.h"
#include "core/gates_json.h"
#include "core/json.h"

namespace slipway::server {
namespace {

// What is said, by what it is about, in the order said.
class Facts {
 public:
  void say(std::string what, std::string text) {
    if (text.empty()) return;
    const auto [at, is_new] = texts_.insert_or_assign(what, std::move(text));
    if (is_new) order_.push_back(std::move(what));
  }
  std::optional<std::string> find(const std::string& what) const {
    const auto at = texts_.find(what);
    return at == texts_.end() ? std::nullopt : std::optional(at->second);
  }
  const std::vector<std::string>& order() const { return order_; }

 private:
  std::map<std::string, std::string> texts_;
  std::vector<std::string> order_;
};

std::string words(const std::vector<std::string>& command) {
  return Json(command).dump();
}

std::string text(const core::EnvironmentValue& value) {
  if (const auto* plain = std::get_if<std::string>(&value)) return Json(*plain).dump();
  const auto& secret = std::get<core::SecretRef>(value);
  switch (secret.source) {
    case core::SecretRef::Source::environment:
      return "secret environment:" + secret.name;
    case core::SecretRef::Source::file:
      return "secret file:" + secret.name;
    case core::SecretRef::Source::command:
      return "secret command:" + words(secret.command);
  }
  return "secret";
}

std::string text(const core::Strategy& strategy) {
  std::string steps;
  for (const core::CanaryStep& step : strategy.steps) {
    if (!steps.empty()) steps += " → ";
    steps += fmt::format("{} %", step.weight);
    if (step.hold > Duration::zero()) steps += fmt::format(" for {}", format_duration(step.hold));
    if (step.early) steps += " or less";
  }
  return steps;
}

std::string text(const judge::Settings::Tolerance& tolerance) {
  return fmt::format("errors {:g} × and {:g} %, times {:g} ×", tolerance.errors_ratio,
                     tolerance.errors_points * 100, tolerance.latency_ratio);
}

std::string text(const judge::Settings::Accept& accept) {
  return fmt::format("errors {:g} × and {:g} %, p50 {:g} ×, p90 {:g} ×, p99 {:g} ×, at a risk of {:g} %",
                     accept.errors_ratio, accept.errors_points * 100, accept.p50, accept.p90, accept.p99,
                     accept.beta * 100);
}

// The metrics that are compared.
std::string weights(const judge::Settings& settings) {
  std::string all;
  for (int i = 0; i < judge::metrics; ++i) {
    const double weight = settings.weights.at(static_cast<std::size_t>(i));
    if (weight > 0)
      all += fmt::format("{}{} {:g} %", all.empty() ? "" : ", ", judge::name(static_cast<judge::Metric>(i)),
                         weight * 100);
  }
  return all;
}

std::string_view text(core::Undecided undecided) {
  switch (undecided) {
    case core::Undecided::pause:
      return "pause";
    case core::Undecided::advance:
      return "advance";
    case core::Undecided::roll_back:
      return "roll_back";
  }
  return "pause";
}

std::string text(const core::Sticky& sticky) {
  std::string all;
  if (!sticky.cookie.empty()) all += "cookie " + sticky.cookie;
  if (!sticky.header.empty()) all += (all.empty() ? "header " : ", header ") + sticky.header;
  if (all.empty()) all = "a cookie of the proxy's own";
  if (sticky.drawn) return all;
  all += ", else their address";
  if (!sticky.trusted_proxies.empty())
    all += fmt::format(" as {} say", fmt::join(sticky.trusted_proxies, ", "));
  return all;
}

std::string text(const std::vector<judge::Trigger>& triggers) {
  std::string all;
  for (const judge::Trigger& trigger : triggers) all += (all.empty() ? "" : "; ") + judge::describe(trigger);
  return all;
}

// All that is expected and sent, as JSON: it has no shorter form that tells everything.
std::string details(const core::SmokeTest& test) {
  Json json = test;
  json.erase("name");
  return json.dump();
}

std::string details(const core::Expectation& expectation) {
  core::SmokeTest carrier;
  carrier.expect = expectation;
  return Json(carrier)["expect"].dump();
}

std::string list(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// All of it but its name, as JSON.
template <class T>
std::string unnamed(const T& value) {
  Json json = value;
  json.erase("name");
  return json.dump();
}

// What isn't asked for isn't said.
template <class T>
std::string unless_default(const T& value) {
  return value == T{} ? std::string() : Json(value).dump();
}

void say_gates(const core::Bound& bound, Facts& facts) {
  const core::Gates& gates = bound.gates;
  facts.say("after", list(gates.after));
  facts.say("then", list(gates.then));
  facts.say("windows", gates.calendar.windows.empty() ? "" : calendar::describe(gates.calendar));
  std::string blackouts;
  for (const calendar::Blackout& blackout : gates.calendar.blackouts)
    blackouts += (blackouts.empty() ? "" : "; ") + calendar::describe(blackout);
  facts.say("blackouts", blackouts);
  facts.say("at close", unless_default(gates.at_close));
  facts.say("emergency windows", unless_default(gates.emergency));
  facts.say("release schedule", unless_default(gates.schedule));
  facts.say("approvals", unless_default(gates.approvals));
  facts.say("rollback within", gates.rollback_within ? format_duration(*gates.rollback_within) : "");
  facts.say("github", gates.github ? Json(*gates.github).dump() : "");
  for (const core::Check& check : gates.checklist) facts.say("check " + check.name, unnamed(check));
  for (const core::Alert& alert : bound.alerts) facts.say("alert " + alert.name, unnamed(alert));
  facts.say("notifications", bound.notifications.empty() ? "" : Json(bound.notifications).dump());
}

Facts facts(const core::Bound& bound) {
  Facts facts;
  const core::Run& run = bound.run;
  facts.say("listen", bound.listen);
  facts.say("url", bound.url);
  facts.say("preview", bound.preview);
  facts.say("sticky", text(bound.sticky));
  facts.say("command", words(run.command));
  for (const auto& [name, value] : run.env) facts.say("environment " + name, text(value));
  facts.say("instances", std::to_string(run.instances));
  facts.say("maximum percent", fmt::format("{} %", run.maximum_percent));
  facts.say("health path", run.health.path);
  facts.say("health expect", details(run.health.expect));
  facts.say("health interval", format_duration(run.health.interval));
  facts.say("health timeout", format_duration(run.health.timeout));
  facts.say("health grace", format_duration(run.health.grace));
  facts.say("drain", format_duration(run.drain));
  facts.say("progress deadline", format_duration(run.progress_deadline));
  facts.say("steps", text(bound.strategy));
  facts.say("undecided", std::string(text(bound.strategy.undecided)));
  facts.say("bake", format_duration(bound.strategy.bake));
  facts.say("lease", format_duration(bound.strategy.lease));
  const judge::Settings& judge = bound.strategy.judge;
  facts.say("judge", judge.literal ? "rollback triggers alone" : "compares with stable");
  facts.say("judge alpha", fmt::format("{:g} %", judge.alpha * 100));
  facts.say("judge tolerance", judge.strict ? "none" : text(judge.tolerance));
  facts.say("judge metrics", weights(judge));
  facts.say("judge accepts", text(judge.accept));
  facts.say("minimum bake", format_duration(judge.minimum_bake));
  facts.say("rollback triggers", text(bound.rollback_triggers));
  for (const core::SmokeTest& test : bound.smoke_tests) facts.say("smoke test " + test.name, details(test));
  say_gates(bound, facts);
  return facts;
}

}  // namespace

std::vector<Change> changes(const core::Bound& from, const core::Bound& to) {
  const Facts before = facts(from);
  const Facts after = facts(to);
  std::vector<Change> all;
  for (const std::string& what : after.order())
    if (before.find(what) != after.find(what)) all.push_back({what, before.find(what), after.find(what)});
  for (const std::string& what : before.order())
    if (!after.find(what)) all.push_back({what, before.find(what), std::nullopt});
  return all;
}

}  // namespace slipway::server
