#include "judge/judge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "judge/figure.h"
#include "judge/literal.h"

namespace slipway::judge {
namespace {

using TriggerMetric = Trigger::Metric;

std::string value_figure(const Trigger& trigger, const Finding& finding) {
  return trigger.metric == TriggerMetric::response_time ? time_figure(finding.value)
                                                        : share_figure(finding.value);
}

// Rounded, a value may look like the limit that it is beyond.
std::string value_against_limit(const Trigger& trigger, const Finding& finding) {
  std::string text = value_figure(trigger, finding);
  if (!finding.beyond || text != limit_figure(trigger)) return text;
  return fmt::format("just {} {}", trigger.metric == TriggerMetric::health_check ? "below" : "above", text);
}

// "errors", "mean response time"
std::string subject(const Trigger& trigger) {
  if (trigger.metric == TriggerMetric::error_rate) return "errors";
  return fmt::format("{} response time", statistic_name(trigger.statistic));
}

// "errors 20.4 % over 30 s, limit 5 %", of a canary beyond its limit for so long
std::string against_limit(const Trigger& trigger, const Finding& finding, Duration length) {
  const std::string span = span_figure(length);
  const std::string limit = limit_figure(trigger);
  if (trigger.metric != TriggerMetric::health_check)
    return fmt::format("{} {} over {}, limit {}", subject(trigger), value_against_limit(trigger, finding),
                       span, limit);
  if (finding.value == 0) return fmt::format("no instance healthy for {}, limit {}", span, limit);
  return fmt::format("{} of instances healthy at most for {}, limit {}",
                     value_against_limit(trigger, finding), span, limit);
}

std::string unhealthy_reason(const Trigger& trigger, const Finding& canary) {
  std::string reason = against_limit(trigger, canary, trigger.duration);
  if (trigger.metric != TriggerMetric::health_check)
    reason += fmt::format(" ({})", requests_figure(canary.requests));
  return reason;
}

std::string held_reason(const Trigger& trigger, const Finding& canary, const Finding& stable) {
  const std::string reason = against_limit(trigger, canary, trigger.duration);
  const std::string beside = value_against_limit(trigger, stable);
  switch (trigger.metric) {
    case TriggerMetric::error_rate:
      return fmt::format("{}, and stable's are {}: going back won't help", reason, beside);
    case TriggerMetric::response_time:
      return fmt::format("{}, and stable's is {}: going back won't help", reason, beside);
    case TriggerMetric::health_check:
      return fmt::format("{}, and {} of stable's at most: going back won't help", reason, beside);
  }
  return "";
}

// How much of the trigger's duration, in whole seconds, lies in the step.
Duration seen(const Trigger& trigger, Time step, Time now) {
  const Time end = std::chrono::floor<std::chrono::seconds>(now);
  return std::min(trigger.duration, end - std::chrono::ceil<std::chrono::seconds>(step));
}

// "errors 0.41 %", "mean 38 ms", "all instances healthy": of a canary within the limit.
std::string figure(const Trigger& trigger, const Experience& canary, const Finding& finding, Time step,
                   Time now) {
  switch (trigger.metric) {
    case TriggerMetric::error_rate:
      return "errors " + value_figure(trigger, finding);
    case TriggerMetric::response_time:
      return fmt::format("{} {}", statistic_name(trigger.statistic), value_figure(trigger, finding));
    case TriggerMetric::health_check:
      break;
  }
  const Time end = std::chrono::floor<std::chrono::seconds>(now);
  const double lowest = canary.health(end - seen(trigger, step, now), end).lowest;
  return lowest >= 1 ? "all instances healthy"
                     : fmt::format("{} of instances healthy at least", share_figure(lowest));
}

std::string unknown(const Trigger& trigger, const Finding& finding, Time step, Time now) {
  if (trigger.metric == TriggerMetric::health_check) return "health of instances not known";
  return fmt::format("{} not known from {} in {}", subject(trigger), requests_figure(finding.requests),
                     span_figure(seen(trigger, step, now)));
}

void push_new(std::vector<std::string>& texts, std::string text) {
  if (std::ranges::find(texts, text) == texts.end()) texts.push_back(std::move(text));
}

// What is ruled out, and what not yet, of a canary that breaks no limit.
Verdict standing(const Question& question, const Experience& canary, Time now) {
  std::vector<std::string> within, beyond, open;
  for (const Trigger& trigger : question.triggers) {
    Finding finding = look(trigger, canary, question.step, now);
    Duration length = seen(trigger, question.step, now);
    if (!finding.known && trigger.metric != TriggerMetric::health_check) {
      finding = look_over(trigger, canary, question.step, now);
      length = std::chrono::floor<std::chrono::seconds>(now - question.step);
    }
    if (!finding.known)
      push_new(open, unknown(trigger, finding, question.step, now));
    else if (finding.beyond)
      push_new(beyond, fmt::format("{} for {}", against_limit(trigger, finding, length),
                                   span_figure(trigger.duration)));
    else
      push_new(within, figure(trigger, canary, finding, question.step, now));
  }
  if (!beyond.empty())
    return {Verdict::Kind::undecided,
            fmt::format("{}: neither broken for so long nor ruled out", fmt::join(beyond, "; ")),
            std::nullopt};
  if (question.triggers.empty()) return {Verdict::Kind::healthy, "no limits to break", std::nullopt};
  const bool all_known = open.empty();
  for (std::string& text : open) within.push_back(std::move(text));
  return {Verdict::Kind::healthy,
          fmt::format("{}: {}", fmt::join(within, ", "),
                      all_known ? "within every limit" : "no limit broken that can be seen"),
          std::nullopt};
}

// For how long no request came, where that is as long as anything that is looked at: then what was seen
// before says nothing of now.
std::optional<Duration> silence(const Question& question, const Experience& canary, Time now) {
  Duration length{10'000};
  for (const Trigger& trigger : question.triggers)
    if (trigger.metric != TriggerMetric::health_check) length = std::max(length, trigger.duration);
  if (now - question.step < length || canary.sum(now - length, now).requests > 0) return std::nullopt;
  return length;
}

}  // namespace

std::optional<Verdict> breach(const Question& question, const Experience& canary, const Experience& stable,
                              Time now) {
  std::vector<std::string> mended, shared;
  std::optional<Time> first_bad;
  for (const Trigger& trigger : question.triggers) {
    const Finding finding = look(trigger, canary, question.exposed, now);
    if (!finding.breached) continue;
    // Stable has been there since long before: all of the duration is its own.
    const Finding beside = look(trigger, stable, Time{}, now);
    if (beside.breached) {
      shared.push_back(held_reason(trigger, finding, beside));
      continue;
    }
    mended.push_back(unhealthy_reason(trigger, finding));
    if (finding.first_bad && (!first_bad || *finding.first_bad < *first_bad)) first_bad = finding.first_bad;
  }
  if (!mended.empty())
    return Verdict{Verdict::Kind::unhealthy, fmt::format("{}", fmt::join(mended, "; ")), first_bad};
  if (!shared.empty())
    return Verdict{Verdict::Kind::held, fmt::format("{}", fmt::join(shared, "; ")), std::nullopt};
  return std::nullopt;
}

Verdict judge(const Question& question, const Experience& canary, const Experience& stable, Time now) {
  if (std::optional<Verdict> verdict = breach(question, canary, stable, now)) return *std::move(verdict);
  const bool of_requests = std::ranges::any_of(question.triggers, [](const Trigger& trigger) {
    return trigger.metric != TriggerMetric::health_check;
  });
  if (of_requests) {
    const std::int64_t requests = canary.sum(question.step, now).requests;
    if (requests < least_requests)
      return {
          Verdict::Kind::undecided,
          fmt::format("{} in this step, and it takes {} to judge", requests_figure(requests), least_requests),
          std::nullopt};
    if (const auto silent = silence(question, canary, now))
      return {Verdict::Kind::undecided, fmt::format("no request was seen for {}", span_figure(*silent)),
              std::nullopt};
  }
  return standing(question, canary, now);
}

}  // namespace slipway::judge
