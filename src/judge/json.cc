#include "judge/json.h"

#include "base/words.h"

namespace slipway::judge {

using Metric = Trigger::Metric;
using Statistic = Trigger::Statistic;
using VerdictKind = Verdict::Kind;

SLIPWAY_WORDS(Metric, Word<Metric>{Metric::error_rate, "error_rate"},
              Word<Metric>{Metric::response_time, "response_time"},
              Word<Metric>{Metric::health_check, "health_check"})
SLIPWAY_WORDS(Statistic, Word<Statistic>{Statistic::mean, "mean"}, Word<Statistic>{Statistic::p50, "p50"},
              Word<Statistic>{Statistic::p90, "p90"}, Word<Statistic>{Statistic::p99, "p99"})
SLIPWAY_WORDS(VerdictKind, Word<VerdictKind>{VerdictKind::healthy, "healthy"},
              Word<VerdictKind>{VerdictKind::unhealthy, "unhealthy"},
              Word<VerdictKind>{VerdictKind::undecided, "undecided"},
              Word<VerdictKind>{VerdictKind::held, "held"})

SLIPWAY_JSON(Trigger, metric, statistic, threshold, duration)
SLIPWAY_JSON(Verdict, kind, reason, first_bad)

}  // namespace slipway::judge
