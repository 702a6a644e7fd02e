#include <cmath>
#include <limits>

#include "base/words.h"
#include "judge/evidence.h"
#include "judge/json.h"

namespace slipway::judge {

using ComparedMetric = Metric;

SLIPWAY_WORDS(ComparedMetric, Word<ComparedMetric>{Metric::errors, "errors"},
              Word<ComparedMetric>{Metric::p50, "p50"}, Word<ComparedMetric>{Metric::p90, "p90"},
              Word<ComparedMetric>{Metric::p99, "p99"}, Word<ComparedMetric>{Metric::p999, "p99.9"},
              Word<ComparedMetric>{Metric::slow, "slow"}, Word<ComparedMetric>{Metric::shape, "shape"})
SLIPWAY_WORDS(Cause, Word<Cause>{Cause::none, "none"}, Word<Cause>{Cause::fast_path, "fast_path"},
              Word<Cause>{Cause::relative, "relative"}, Word<Cause>{Cause::trigger, "trigger"},
              Word<Cause>{Cause::environment, "environment"}, Word<Cause>{Cause::no_traffic, "no_traffic"},
              Word<Cause>{Cause::sample_ratio, "sample_ratio"}, Word<Cause>{Cause::bad_data, "bad_data"},
              Word<Cause>{Cause::accepted, "accepted"}, Word<Cause>{Cause::within, "within"},
              Word<Cause>{Cause::rising, "rising"}, Word<Cause>{Cause::not_ruled_out, "not_ruled_out"})

// JSON has no infinity.
static Json finite(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

static double number(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::infinity() : json.get<double>();
}

static void to_json(Json& json, const Estimate& estimate) {
  json = {{"value", finite(estimate.value)},
          {"lowest", finite(estimate.lowest)},
          {"highest", finite(estimate.highest)}};
}

static void from_json(const Json& json, Estimate& estimate) {
  estimate = {number(json.at("value")), number(json.at("lowest")), number(json.at("highest"))};
}

static void to_json(Json& json, const Comparison& comparison) {
  json = {{"metric", comparison.metric},
          {"evidence", finite(comparison.evidence)},
          {"canary", comparison.canary},
          {"stable", comparison.stable},
          {"ratio", comparison.ratio}};
}

static void from_json(const Json& json, Comparison& comparison) {
  json.at("metric").get_to(comparison.metric);
  comparison.evidence = number(json.at("evidence"));
  json.at("canary").get_to(comparison.canary);
  json.at("stable").get_to(comparison.stable);
  json.at("ratio").get_to(comparison.ratio);
}

static void to_json(Json& json, const Limit& limit) {
  json = {{"trigger", limit.trigger}, {"beyond", finite(limit.beyond)}, {"within", finite(limit.within)},
          {"value", limit.value},     {"above", limit.above},           {"requests", limit.requests}};
}

static void from_json(const Json& json, Limit& limit) {
  json.at("trigger").get_to(limit.trigger);
  limit.beyond = number(json.at("beyond"));
  limit.within = number(json.at("within"));
  json.at("value").get_to(limit.value);
  json.at("above").get_to(limit.above);
  json.at("requests").get_to(limit.requests);
}

void to_json(Json& json, const Evidence& evidence) {
  json = {{"kind", name(evidence.kind)},
          {"cause", evidence.cause},
          {"evidence", finite(evidence.evidence)},
          {"limit", evidence.limit},
          {"confidence", evidence.confidence},
          {"requests", evidence.requests},
          {"errors", evidence.errors},
          {"seen", evidence.seen},
          {"leading", evidence.leading},
          {"comparisons", evidence.comparisons},
          {"limits", evidence.limits},
          {"detail", evidence.detail},
          {"first_bad", evidence.first_bad}};
}

void from_json(const Json& json, Evidence& evidence) {
  evidence = {};
  const Json verdict{{"kind", json.at("kind")}};
  evidence.kind = verdict.get<Verdict>().kind;
  json.at("cause").get_to(evidence.cause);
  evidence.evidence = number(json.at("evidence"));
  json.at("limit").get_to(evidence.limit);
  json.at("confidence").get_to(evidence.confidence);
  json.at("requests").get_to(evidence.requests);
  json.at("errors").get_to(evidence.errors);
  json.at("seen").get_to(evidence.seen);
  json.at("leading").get_to(evidence.leading);
  json.at("comparisons").get_to(evidence.comparisons);
  json.at("limits").get_to(evidence.limits);
  json.at("detail").get_to(evidence.detail);
  json.at("first_bad").get_to(evidence.first_bad);
}

}  // namespace slipway::judge
