#include "config/judge.h"

#include <fmt/format.h>

#include <numeric>
#include <vector>

#include "config/number.h"

namespace slipway::config {
namespace {

using judge::Metric;
using judge::Settings;

// Parts per million.
constexpr std::int64_t least_risk = 100, most_risk = 200'000;
constexpr std::int64_t most_points_tolerated = 100'000, most_points_accepted = 500'000;

constexpr double most_ratio_tolerated = 10, most_ratio_accepted = 100;
// Nobody shows that a canary is no worse at all, and times are counted in buckets of 2 %.
constexpr double least_ratio_accepted = 1.05;
constexpr double most_weight = 1000;

// Of a section's fields: those that are written and right go where they belong.
class Into {
 public:
  Into(const Section& section, Problems& problems) : section_(section), problems_(problems) {}

  void number(std::string_view key, double& into, double least, double most, std::string_view example) const {
    if (const auto field = section_.find(key))
      into = read_number(*field, least, most, example, problems_).value_or(into);
  }
  void share(std::string_view key, double& into, std::int64_t least, std::int64_t most,
             std::string_view example) const {
    if (const auto field = section_.find(key))
      into = read_share(*field, least, most, example, problems_).value_or(into);
  }
  void truth(std::string_view key, bool& into) const {
    if (const auto field = section_.find(key)) into = read_truth(*field, problems_).value_or(into);
  }

 private:
  const Section& section_;
  Problems& problems_;
};

void read_tolerance(const Field& field, Settings::Tolerance& tolerance, Problems& problems) {
  const auto section = Section::open(field, "strategy.canary.judge.tolerance",
                                     {{"errors_ratio", "errors_points", "latency_ratio"}}, problems);
  if (!section) return;
  const Into into(*section, problems);
  into.number("errors_ratio", tolerance.errors_ratio, 1, most_ratio_tolerated, "1.1");
  into.share("errors_points", tolerance.errors_points, 0, most_points_tolerated, "0.05%");
  into.number("latency_ratio", tolerance.latency_ratio, 1, most_ratio_tolerated, "1.05");
}

void read_accept(const Field& field, Settings::Accept& accept, Problems& problems) {
  const auto section =
      Section::open(field, "strategy.canary.judge.accept",
                    {{"beta", "errors_ratio", "errors_points", "p50", "p90", "p99"}}, problems);
  if (!section) return;
  const Into into(*section, problems);
  into.share("beta", accept.beta, least_risk, most_risk, "5%");
  into.number("errors_ratio", accept.errors_ratio, least_ratio_accepted, most_ratio_accepted, "2");
  into.share("errors_points", accept.errors_points, 0, most_points_accepted, "0.25%");
  into.number("p50", accept.p50, least_ratio_accepted, most_ratio_accepted, "1.3");
  into.number("p90", accept.p90, least_ratio_accepted, most_ratio_accepted, "1.3");
  into.number("p99", accept.p99, least_ratio_accepted, most_ratio_accepted, "1.5");
}

void read_metrics(const Field& field, Settings& settings, Problems& problems) {
  std::vector<std::string> names;
  for (int i = 0; i < judge::metrics; ++i) names.emplace_back(judge::name(static_cast<Metric>(i)));
  const auto section = Section::open(field, "strategy.canary.judge.metrics", {names}, problems);
  if (!section || section->fields().empty()) return;
  decltype(settings.weights) weights{};
  std::size_t known = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = section->find(names[i]);
    if (!found) continue;
    const auto weight = read_number(*found, 0, most_weight, "40", problems);
    if (weight) ++known;
    weights.at(i) = weight.value_or(0);
  }
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  // What is wrong has been reported, and may be what was meant to have the weight.
  if (all <= 0 && known == section->fields().size())
    problems.report(field.key_place, "metrics: no metric has a weight above 0",
                    "write those that are to be compared, with their weights: {errors: 4, p99: 1}");
  if (all <= 0) return;
  for (double& weight : weights) weight /= all;
  settings.weights = weights;
}

void refuse_contradictions(const Section& section, const Settings& settings, Problems& problems) {
  const auto refuse = [&](std::string_view key, std::string_view why) {
    if (const auto field = section.find(key))
      problems.report(field->key_place, fmt::format("{}: {}", key, why), "remove one of the two");
  };
  if (settings.literal) {
    for (const auto* key : {"alpha", "tolerance", "metrics", "accept", "minimum_bake"})
      refuse(key, "nothing is compared beside literal: true, which leaves only the rollback triggers");
    if (settings.strict)
      refuse("strict", "nothing is compared beside literal: true, which leaves only the rollback triggers");
  } else if (settings.strict) {
    refuse("tolerance", "strict: true means that nothing is tolerated");
  }
}

Settings read_settings(const Field& field, Problems& problems) {
  Settings settings;
  const auto section = Section::open(
      field, "strategy.canary.judge",
      {{"alpha", "tolerance", "strict", "metrics", "accept", "minimum_bake", "literal"}}, problems);
  if (!section) return settings;
  const Into into(*section, problems);
  into.share("alpha", settings.alpha, least_risk, most_risk, "1%");
  into.truth("strict", settings.strict);
  into.truth("literal", settings.literal);
  if (const auto tolerance = section->find("tolerance"))
    read_tolerance(*tolerance, settings.tolerance, problems);
  if (const auto metrics = section->find("metrics")) read_metrics(*metrics, settings, problems);
  if (const auto accept = section->find("accept")) read_accept(*accept, settings.accept, problems);
  if (const auto bake = section->find("minimum_bake"))
    settings.minimum_bake = read_duration(*bake, Duration(0), problems).value_or(settings.minimum_bake);
  refuse_contradictions(*section, settings, problems);
  return settings;
}

}  // namespace

void read_judge(const Field& field, core::Strategy& canary, Problems& problems) {
  const Node& node = *field.value;
  if (node.kind == Node::Kind::scalar && node.text == "none") {
    canary.compared = false;
  } else if (node.kind == Node::Kind::scalar) {
    problems.report(field.place(), "strategy.canary.judge must be none, or hold keys and their values",
                    "write none, or keys below it such as alpha: 1%");
  } else {
    canary.judge = read_settings(field, problems);
  }
}

}  // namespace slipway::config
