#include "judge/trial.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "base/json.h"
#include "judge/json.h"
#include "judge/trial_parts.h"

namespace slipway::judge {
namespace {

// What is held to be true of stable as well, so that going back won't help, takes less than what ends a
// canary.
constexpr double stable_is_presumed_beyond = 20;
constexpr int trial_format = 1;

int injections(Duration horizon) {
  return static_cast<int>(std::max<std::int64_t>(1, horizon / std::chrono::seconds(30)));
}

std::vector<Guard> guards_of(const std::vector<Trigger>& triggers, Duration horizon) {
  std::vector<Guard> guards;
  for (const Trigger& trigger : triggers)
    if (Guard::guards(trigger)) guards.emplace_back(trigger, injections(horizon));
  return guards;
}

Json json_of(const Rise& rise) {
  return {{"reached", rise.reached}, {"since", rise.since}};
}

void read(const Json& json, Rise& rise) {
  json.at("reached").get_to(rise.reached);
  json.at("since").get_to(rise.since);
}

Json json_of(const Total& total) {
  Json times = Json::array();
  for (std::size_t i = 0; i < total.times.size(); ++i)
    if (total.times.at(i) != 0) times.push_back({i, total.times.at(i)});
  return {{"requests", total.requests}, {"errors", total.errors}, {"times", times}};
}

void read(const Json& json, Total& total) {
  json.at("requests").get_to(total.requests);
  json.at("errors").get_to(total.errors);
  total.times.fill(0);
  for (const Json& pair : json.at("times"))
    total.times.at(pair.at(0).get<std::size_t>()) = pair.at(1).get<std::int64_t>();
}

Json json_of(const Trial::Plan& plan) {
  return {{"settings", plan.settings},
          {"triggers", plan.triggers},
          {"horizon", plan.horizon},
          {"warm_up", plan.warm_up},
          {"compares", plan.compares}};
}

Relative::Setup setup_of(const Trial::Plan& plan) {
  Relative::Setup setup = Relative::setup(plan.settings, plan.horizon);
  setup.warm_up = static_cast<int>(std::chrono::floor<std::chrono::seconds>(plan.warm_up).count());
  return setup;
}

}  // namespace

void Total::add(const ArmSecond& seconds) {
  for (const InstanceSecond& each : seconds.instances) {
    requests += each.all.requests;
    errors += each.all.errors;
    for (const auto& [bucket, count] : each.all.times) times.at(bucket) += count;
  }
}

void Rise::take(Time second, double log_evidence, double limit) {
  if (reached) return;
  if (log_evidence <= 0)
    since.reset();
  else if (!since)
    since = second;
  reached = log_evidence >= limit;
}

Trial::Parts::Parts(Plan plan_of_trial)
    : plan(std::move(plan_of_trial)),
      relative(setup_of(plan)),
      acceptance(plan.settings.accept),
      fast_of_stable(2 * FastPath::limit()),
      guards(guards_of(plan.triggers, plan.horizon)),
      guards_of_stable(guards),
      rises_of_guards(guards.size()) {}

double Trial::Parts::guard_limit() const {
  return std::log(static_cast<double>(std::max<std::size_t>(1, guards.size())) / plan.settings.alpha);
}

bool Trial::Parts::stable_is_beyond(std::size_t guard) const {
  return guards_of_stable.at(guard).log_beyond() >= std::log(stable_is_presumed_beyond);
}

void Trial::Parts::take(const Second& second) {
  const Duration warm_up = std::chrono::seconds(relative.setup().warm_up);
  const double share = promoted ? 1 : second.weight.value_or(0);
  for (std::size_t i = 0; i < guards.size(); ++i) {
    const bool was_beyond = stable_is_beyond(i);
    guards[i].take(second.canary, relative.in_flight(Arm::canary), warm_up, share);
    guards_of_stable[i].take(second.stable, relative.in_flight(Arm::stable), warm_up, 1 - share);
    if (was_beyond && !stable_is_beyond(i)) guards[i].forgive();
    if (!stable_is_beyond(i)) rises_of_guards[i].take(second.at, guards[i].log_beyond(), guard_limit());
  }
  const bool stable_failed = fast_of_stable.alarms();
  // Of sessions where they are known: one client that asks again and again isn't most of them.
  for_each_portion(second, [&](const Portion& portion, bool) {
    for (const InstanceSecond& each : portion.canary.instances)
      fast.take(betting(each).requests, betting(each).errors);
    for (const InstanceSecond& each : portion.stable.instances)
      fast_of_stable.take(betting(each).requests, betting(each).errors);
  });
  if (stable_failed && !fast_of_stable.alarms()) fast.forgive();
  if (!fast_of_stable.alarms()) rise_of_fast.take(second.at, fast.log_evidence(), FastPath::limit());

  // Where the arms don't get what the weight says, the weight says nothing about where an outcome came from.
  if (!promoted && plan.compares) ratio.take(second);
  Second compared = second;
  if (ratio.alarms() || !plan.compares) {
    compared.weight.reset();
    compared.others = {};
  }
  relative.prepare();
  if (!promoted && plan.compares) acceptance.take(compared, relative);
  relative.take(compared);
  if (!ratio.alarms())
    rise_of_relative.take(second.at, relative.log_evidence(), std::log(1 / plan.settings.alpha));

  canary.add(second.canary);
  if (!promoted) stable.add(second.stable);
}

Trial::Trial(Plan plan) : parts_(std::make_unique<Parts>(std::move(plan))) {}
Trial::~Trial() = default;
Trial::Trial(Trial&&) noexcept = default;
Trial& Trial::operator=(Trial&&) noexcept = default;

void Trial::remember(const Second& second) {
  if (Watch::believes(second.stable)) parts_->relative.remember(second.stable);
}

void Trial::take(const Second& second) {
  if (parts_->watch.admit(second)) parts_->take(second);
}

void Trial::begin_step() {
  parts_->watch.begin_step();
}

void Trial::promote() {
  if (parts_->promoted) return;
  parts_->promoted = true;
  // From now on stable is what was, and says nothing of what is.
  parts_->fast_of_stable.forgive();
  for (Guard& guard : parts_->guards_of_stable) guard.forgive();
  if (parts_->plan.compares) parts_->relative.promote();
  parts_->watch.begin_step();
}

double Trial::log_evidence() const {
  return parts_->relative.log_evidence();
}

double Trial::log_acceptance() const {
  return parts_->acceptance.log_evidence();
}

bool Trial::accepted() const {
  const Parts& parts = *parts_;
  constexpr std::int64_t least_seconds = 60;  // and so more than three blocks
  const bool limits_ruled_out = std::ranges::all_of(
      parts.guards, [](const Guard& guard) { return guard.log_within() >= std::log(20.0); });
  return parts.plan.compares && !parts.promoted && alarm() == Cause::none &&
         parts.watch.seconds() >= least_seconds &&
         parts.acceptance.log_evidence() >= std::log(1 / parts.plan.settings.accept.beta) &&
         parts.relative.log_evidence() < std::log(10.0) && limits_ruled_out &&
         !parts.watch.complaint(std::chrono::seconds(least_seconds));
}

Cause Trial::alarm() const {
  const Parts& parts = *parts_;
  if (parts.plan.settings.literal) return Cause::none;
  if (parts.rise_of_fast.reached) return Cause::fast_path;
  if (parts.rise_of_relative.reached) return Cause::relative;
  if (std::ranges::any_of(parts.rises_of_guards, &Rise::reached)) return Cause::trigger;
  if (parts.fast.alarms()) return Cause::environment;
  for (std::size_t i = 0; i < parts.guards.size(); ++i)
    if (parts.guards[i].log_beyond() >= parts.guard_limit()) return Cause::environment;
  if (parts.promoted) return Cause::none;
  if (parts.ratio.silent()) return Cause::no_traffic;
  if (parts.ratio.alarms()) return Cause::sample_ratio;
  return Cause::none;
}

Json Trial::checkpoint() const {
  const Parts& parts = *parts_;
  Json guards = Json::array(), guards_of_stable = Json::array(), rises = Json::array();
  for (std::size_t i = 0; i < parts.guards.size(); ++i) {
    guards.push_back(parts.guards[i].checkpoint());
    guards_of_stable.push_back(parts.guards_of_stable[i].checkpoint());
    rises.push_back(json_of(parts.rises_of_guards[i]));
  }
  return {{"format", trial_format},
          {"plan", json_of(parts.plan)},
          {"relative", parts.relative.checkpoint()},
          {"acceptance", parts.acceptance.checkpoint()},
          {"fast", parts.fast.checkpoint()},
          {"fast_of_stable", parts.fast_of_stable.checkpoint()},
          {"ratio", parts.ratio.checkpoint()},
          {"guards", guards},
          {"guards_of_stable", guards_of_stable},
          {"watch", parts.watch.checkpoint()},
          {"canary", json_of(parts.canary)},
          {"stable", json_of(parts.stable)},
          {"rise_of_fast", json_of(parts.rise_of_fast)},
          {"rise_of_relative", json_of(parts.rise_of_relative)},
          {"rises_of_guards", rises},
          {"promoted", parts.promoted}};
}

Result<Trial> Trial::restore(Plan plan, const Json& checkpoint) {
  try {
    if (checkpoint.at("format") != trial_format || checkpoint.at("plan") != json_of(plan))
      return fail(ErrorKind::invalid_input, "the judge's checkpoint is of another version or plan");
    Trial trial(std::move(plan));
    Parts& parts = *trial.parts_;
    parts.relative.restore(checkpoint.at("relative"));
    parts.acceptance.restore(checkpoint.at("acceptance"));
    parts.fast.restore(checkpoint.at("fast"));
    parts.fast_of_stable.restore(checkpoint.at("fast_of_stable"));
    parts.ratio.restore(checkpoint.at("ratio"));
    for (std::size_t i = 0; i < parts.guards.size(); ++i) {
      parts.guards[i].restore(checkpoint.at("guards").at(i));
      parts.guards_of_stable[i].restore(checkpoint.at("guards_of_stable").at(i));
      read(checkpoint.at("rises_of_guards").at(i), parts.rises_of_guards[i]);
    }
    parts.watch.restore(checkpoint.at("watch"));
    read(checkpoint.at("canary"), parts.canary);
    read(checkpoint.at("stable"), parts.stable);
    read(checkpoint.at("rise_of_fast"), parts.rise_of_fast);
    read(checkpoint.at("rise_of_relative"), parts.rise_of_relative);
    checkpoint.at("promoted").get_to(parts.promoted);
    return trial;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorKind::invalid_input, "the judge's checkpoint can't be read: {}", e.what());
  } catch (const std::out_of_range&) {
    return fail(ErrorKind::invalid_input, "the judge's checkpoint can't be read: a time is out of range");
  }
}

}  // namespace slipway::judge
