#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "judge/figure.h"
#include "judge/interval.h"
#include "judge/literal.h"
#include "judge/trial.h"
#include "judge/trial_parts.h"

namespace slipway::judge {
namespace {

using Kind = Verdict::Kind;

// What a limit must be against to be ruled out, and what the evidence must be below to say healthy.
constexpr double not_rising = 10;

double share_of(std::int64_t part, std::int64_t all) {
  return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0;
}

// Each end is right with half of what may be wrong, so that their ratio is right with all of it.
Comparison compare(Metric metric, double canary, Interval of_canary, double stable, Interval of_stable) {
  Comparison comparison;
  comparison.metric = metric;
  comparison.canary = {canary, of_canary.lowest, of_canary.highest};
  comparison.stable = {stable, of_stable.lowest, of_stable.highest};
  const Interval ratio = ratio_interval(of_canary, of_stable);
  const double value = stable > 0 ? canary / stable : std::numeric_limits<double>::infinity();
  comparison.ratio = {value, ratio.lowest, ratio.highest};
  return comparison;
}

std::vector<Comparison> comparisons_of(const Total& canary, const Total& stable, double alpha) {
  std::vector<Comparison> comparisons;
  if (canary.requests == 0 || stable.requests == 0) return comparisons;
  comparisons.push_back(compare(Metric::errors, share_of(canary.errors, canary.requests),
                                share_interval(canary.errors, canary.requests, alpha / 2),
                                share_of(stable.errors, stable.requests),
                                share_interval(stable.errors, stable.requests, alpha / 2)));
  for (const auto& [metric, q] : {std::pair(Metric::p50, 0.5), {Metric::p90, 0.9}, {Metric::p99, 0.99}})
    comparisons.push_back(compare(metric, quantile(canary.times, q),
                                  quantile_interval(canary.times, q, alpha / 2), quantile(stable.times, q),
                                  quantile_interval(stable.times, q, alpha / 2)));
  return comparisons;
}

Limit limit_of(const Guard& guard) {
  Limit limit;
  limit.trigger = guard.trigger();
  limit.beyond = std::exp(guard.log_beyond());
  limit.within = std::exp(guard.log_within());
  limit.value = share_of(guard.bad(), guard.seen());
  limit.above = share_interval(guard.bad(), guard.seen(), 0.05).highest;
  limit.requests = guard.seen();
  return limit;
}

std::string silence(const SampleRatio& ratio) {
  const bool of_canary = ratio.expected_of_canary() >= SampleRatio::too_many;
  return fmt::format(
      "{} got no request while about {:.0f} were expected: the router doesn't send them, or connections "
      "are dropped before anything is recorded",
      of_canary ? "the canary" : "stable",
      of_canary ? ratio.expected_of_canary() : ratio.expected_of_stable());
}

std::string mismatch(const SampleRatio& ratio) {
  return fmt::format(
      "the canary got {} of what was seen, and should have got {}: the router is at fault, or the canary "
      "drops connections",
      share_figure(ratio.seen()), share_figure(ratio.meant()));
}

Kind kind_of(Cause alarm) {
  switch (alarm) {
    case Cause::fast_path:
    case Cause::relative:
    case Cause::trigger:
      return Kind::unhealthy;
    case Cause::environment:
    case Cause::no_traffic:
    case Cause::sample_ratio:
      return Kind::held;
    case Cause::accepted:
    case Cause::within:
      return Kind::healthy;
    case Cause::none:
    case Cause::bad_data:
    case Cause::rising:
    case Cause::not_ruled_out:
      return Kind::undecided;
  }
  return Kind::undecided;
}

std::optional<Time> first_bad(const Rise& fast, const Rise& relative, const std::vector<Rise>& guards,
                              Cause cause) {
  if (cause == Cause::fast_path) return fast.since;
  if (cause == Cause::relative) return relative.since;
  const auto reached = std::ranges::find_if(guards, &Rise::reached);
  return reached == guards.end() ? std::nullopt : reached->since;
}

Question of_health(const Question& question) {
  Question health = question;
  std::erase_if(health.triggers, [](const Trigger& trigger) { return Guard::guards(trigger); });
  return health;
}

Evidence of_verdict(Evidence evidence, const Verdict& verdict, Cause cause) {
  evidence.kind = verdict.kind;
  evidence.cause = cause;
  evidence.detail = verdict.reason;
  if (verdict.first_bad) evidence.first_bad = verdict.first_bad;
  return evidence;
}

}  // namespace

Evidence Trial::judge(Moment moment, std::optional<Duration> hold) const {
  const Parts& parts = *parts_;
  const Settings& settings = parts.plan.settings;
  Evidence evidence;
  evidence.evidence = std::exp(parts.relative.log_evidence());
  evidence.limit = 1 / settings.alpha;
  evidence.confidence = 1 - settings.alpha;
  evidence.requests = parts.canary.requests;
  evidence.errors = parts.canary.errors;
  if (parts.watch.last())
    evidence.seen = *parts.watch.last() - *parts.watch.first() + std::chrono::seconds(1);
  evidence.leading = parts.relative.leading();
  evidence.comparisons = comparisons_of(parts.canary, parts.stable, settings.alpha);
  for (Comparison& each : evidence.comparisons)
    each.evidence = std::exp(parts.relative.log_evidence(each.metric));
  for (const Guard& guard : parts.guards) evidence.limits.push_back(limit_of(guard));

  const auto says = [&](Cause cause, std::string detail) {
    evidence.kind = kind_of(cause);
    evidence.cause = cause;
    evidence.detail = std::move(detail);
    return evidence;
  };
  const Cause cause = alarm();
  if (cause == Cause::no_traffic) return says(cause, silence(parts.ratio));
  if (cause == Cause::sample_ratio) return says(cause, mismatch(parts.ratio));
  if (cause == Cause::environment && parts.fast.alarms())
    return says(cause, "most of the canary's requests fail, and most of stable's: going back won't help");
  if (cause != Cause::none) {
    evidence.first_bad = first_bad(parts.rise_of_fast, parts.rise_of_relative, parts.rises_of_guards, cause);
    return says(cause, "");
  }
  if (accepted()) return says(Cause::accepted, "");
  if (moment == Moment::on_the_way) {
    const auto fault = parts.watch.fault();
    return fault ? says(Cause::bad_data, *fault) : says(Cause::none, "");
  }

  if (const auto complaint = parts.watch.complaint(hold)) return says(Cause::bad_data, *complaint);
  // What was seen long ago says nothing of now.
  std::chrono::seconds longest{10};
  for (const Guard& guard : parts.guards)
    longest = std::max(longest, std::chrono::ceil<std::chrono::seconds>(guard.trigger().duration));
  if (parts.watch.silent_for() >= longest.count())
    return says(Cause::bad_data, fmt::format("no canary request was seen for {}", span_figure(longest)));
  if (evidence.evidence >= not_rising) return says(Cause::rising, "");
  const bool all_ruled_out =
      std::ranges::all_of(evidence.limits, [](const Limit& limit) { return limit.within >= ruled_out; });
  if (!all_ruled_out || parts.canary.requests < least_requests) return says(Cause::not_ruled_out, "");
  return says(Cause::within, "");
}

Evidence Trial::judge(Moment moment, const Question& question, const Experience& canary,
                      const Experience& stable, Time now) const {
  Evidence evidence = judge(moment, question.hold);
  if (parts_->plan.settings.literal) {
    Verdict literal = judge::judge(question, canary, stable, now);
    if (const auto fault = parts_->watch.fault(question.hold); fault && literal.kind == Kind::healthy)
      literal = {Kind::undecided, *fault, std::nullopt, std::nullopt};
    const Cause cause = literal.kind == Kind::unhealthy ? Cause::trigger
                        : literal.kind == Kind::held    ? Cause::environment
                        : literal.kind == Kind::healthy ? Cause::within
                                                        : Cause::bad_data;
    return of_verdict(std::move(evidence), literal, cause);
  }
  if (evidence.kind == Kind::unhealthy) return evidence;
  if (const auto literal = breach(question, canary, stable, now))
    return of_verdict(std::move(evidence), *literal,
                      literal->kind == Kind::unhealthy ? Cause::trigger : Cause::environment);
  if (evidence.kind != Kind::healthy) return evidence;
  // Health isn't a matter of requests: what is said of it is said by the instances.
  const Question health = of_health(question);
  if (health.triggers.empty()) return evidence;
  const Verdict of_instances = judge::judge(health, canary, stable, now);
  if (of_instances.kind == Kind::healthy) return evidence;
  return of_verdict(std::move(evidence), of_instances, Cause::bad_data);
}

}  // namespace slipway::judge
