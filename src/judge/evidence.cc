#include "judge/evidence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "judge/figure.h"
#include "judge/verdict.h"

namespace slipway::judge {
namespace {

std::string canary_requests(std::int64_t count) {
  std::string figure = requests_figure(count);
  return figure.insert(figure.find(" request") + 1, "canary ");
}

std::string value_figure(Metric metric, double value) {
  return metric == Metric::errors ? share_figure(value) : time_figure(value);
}

// The quantile that stands for what was bet on.
Metric shown_for(Metric metric) {
  switch (metric) {
    case Metric::errors:
    case Metric::p50:
    case Metric::p90:
    case Metric::p99:
      return metric;
    case Metric::p999:
    case Metric::slow:
      return Metric::p99;
    case Metric::shape:
      return Metric::p50;
  }
  return metric;
}

// "errors 5.1 % against 0.48 % (4.2 × to 21 ×, 99 % interval)"
std::string comparison(const Evidence& evidence) {
  const Metric shown = shown_for(evidence.leading);
  const auto found = std::ranges::find(evidence.comparisons, shown, &Comparison::metric);
  if (found == evidence.comparisons.end()) return fmt::format("{} worse than stable's", name(shown));
  std::string text = fmt::format("{} {} against {}", name(shown), value_figure(shown, found->canary.value),
                                 value_figure(shown, found->stable.value));
  const auto& [value, lowest, highest] = found->ratio;
  if (lowest > 0 && std::isfinite(highest))
    text += fmt::format(" ({} to {}, {:g} % interval)", factor_figure(lowest), factor_figure(highest),
                        100 * evidence.confidence);
  else if (lowest > 0)
    text += fmt::format(" (at least {}, {:g} % interval)", factor_figure(lowest), 100 * evidence.confidence);
  return text;
}

// "errors above 3.1 %", "more than 2.1 % of times above 250 ms"
std::string subject(const Limit& limit) {
  if (limit.trigger.metric == Trigger::Metric::error_rate)
    return fmt::format("errors above {}", share_figure(limit.above));
  if (limit.trigger.statistic == Trigger::Statistic::mean)
    return fmt::format("mean above {}", limit_figure(limit.trigger));
  return fmt::format("more than {} of times above {}", share_figure(limit.above),
                     limit_figure(limit.trigger));
}

std::string broken(const Evidence& evidence) {
  const auto worst = std::ranges::max_element(evidence.limits, {}, &Limit::beyond);
  if (worst == evidence.limits.end()) return "a limit is broken";
  const std::string odds = fmt::format("evidence {}", odds_figure(worst->beyond));
  const std::string limit = limit_figure(worst->trigger);
  if (worst->trigger.metric == Trigger::Metric::error_rate)
    return fmt::format("errors {}, limit {}, {}", share_figure(worst->value), limit, odds);
  if (worst->trigger.statistic == Trigger::Statistic::mean)
    return fmt::format("mean response time above its limit of {}, {}", limit, odds);
  return fmt::format("{} of response times above {}, the limit of {}, {}", share_figure(worst->value), limit,
                     statistic_name(worst->trigger.statistic), odds);
}

std::string limits(const Evidence& evidence) {
  std::vector<std::string> out, open;
  for (const Limit& limit : evidence.limits) {
    if (limit.within >= ruled_out) {
      out.push_back(subject(limit));
    } else if (limit.trigger.metric == Trigger::Metric::error_rate && limit.above < 0.995) {
      open.push_back(fmt::format("only {}, limit {}", subject(limit), limit_figure(limit.trigger)));
    } else {
      open.push_back(fmt::format("{} not yet", describe(limit.trigger)));
    }
  }
  std::string text = out.empty() ? "" : fmt::format("{} ruled out", fmt::join(out, ", "));
  if (open.empty()) return text;
  if (!text.empty()) text += "; ";
  return text + fmt::format("not ruled out: {}", fmt::join(open, ", "));
}

std::string with_limits(const Evidence& evidence, std::string text) {
  const std::string more = limits(evidence);
  return more.empty() ? text : fmt::format("{}, {}", more, text);
}

}  // namespace

std::string_view name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::healthy:
      return "healthy";
    case VerdictKind::unhealthy:
      return "unhealthy";
    case VerdictKind::undecided:
      return "undecided";
    case VerdictKind::held:
      return "held";
  }
  return "";
}

std::string_view name(Cause cause) {
  switch (cause) {
    case Cause::none:
      return "none";
    case Cause::fast_path:
      return "fast_path";
    case Cause::relative:
      return "relative";
    case Cause::trigger:
      return "trigger";
    case Cause::environment:
      return "environment";
    case Cause::no_traffic:
      return "no_traffic";
    case Cause::sample_ratio:
      return "sample_ratio";
    case Cause::bad_data:
      return "bad_data";
    case Cause::accepted:
      return "accepted";
    case Cause::within:
      return "within";
    case Cause::rising:
      return "rising";
    case Cause::not_ruled_out:
      return "not_ruled_out";
  }
  return "";
}

std::string sentence(const Evidence& evidence) {
  const std::string odds =
      fmt::format("evidence {}, limit {}", odds_figure(evidence.evidence), odds_figure(evidence.limit));
  const std::string seen = canary_requests(evidence.requests);
  switch (evidence.cause) {
    case Cause::fast_path:
      return fmt::format("most of the canary's requests fail: {} errors of {}", evidence.errors, seen);
    case Cause::relative:
      return fmt::format("{}, {}, {}", comparison(evidence), odds, seen);
    case Cause::trigger:
      if (!evidence.detail.empty()) return evidence.detail;
      return fmt::format("{}, {}", broken(evidence), seen);
    case Cause::environment:
      if (!evidence.detail.empty()) return evidence.detail;
      return fmt::format("{}, and stable is beyond it as well: going back won't help", broken(evidence));
    case Cause::no_traffic:
    case Cause::sample_ratio:
    case Cause::bad_data:
      return evidence.detail;
    case Cause::accepted:
      return fmt::format("as good as stable within the margins, {}", seen);
    case Cause::within:
      if (!evidence.detail.empty()) return evidence.detail;
      return with_limits(evidence, fmt::format("no sign of worse than stable, {}", seen));
    case Cause::rising:
      return fmt::format("{}, {}: too much to call it healthy, {}", comparison(evidence), odds, seen);
    case Cause::not_ruled_out:
    case Cause::none:
      return with_limits(evidence, seen);
  }
  return "";
}

Verdict verdict(const Evidence& evidence) {
  return {evidence.kind, sentence(evidence),
          evidence.kind == VerdictKind::unhealthy ? evidence.first_bad : std::nullopt, evidence};
}

}  // namespace slipway::judge
