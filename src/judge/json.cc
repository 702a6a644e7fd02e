#include "judge/json.h"

#include "base/words.h"

namespace slipway::judge {

using TriggerMetric = Trigger::Metric;
using Statistic = Trigger::Statistic;

SLIPWAY_WORDS(TriggerMetric, Word<TriggerMetric>{TriggerMetric::error_rate, "error_rate"},
              Word<TriggerMetric>{TriggerMetric::response_time, "response_time"},
              Word<TriggerMetric>{TriggerMetric::health_check, "health_check"})
SLIPWAY_WORDS(Statistic, Word<Statistic>{Statistic::mean, "mean"}, Word<Statistic>{Statistic::p50, "p50"},
              Word<Statistic>{Statistic::p90, "p90"}, Word<Statistic>{Statistic::p99, "p99"})
SLIPWAY_WORDS(VerdictKind, Word<VerdictKind>{VerdictKind::healthy, "healthy"},
              Word<VerdictKind>{VerdictKind::unhealthy, "unhealthy"},
              Word<VerdictKind>{VerdictKind::undecided, "undecided"},
              Word<VerdictKind>{VerdictKind::held, "held"})

SLIPWAY_JSON(Trigger, metric, statistic, threshold, duration)
SLIPWAY_JSON(Verdict, kind, reason, first_bad, evidence)

}  // namespace slipway::judge
