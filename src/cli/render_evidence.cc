// What the judge's word stands on, under way and once it has ended a deployment.
#include <fmt/ranges.h>

#include <cmath>
#include <optional>

#include "cli/render_parts.h"
#include "cli/words.h"
#include "judge/figure.h"

namespace slipway::cli {
namespace {

// A limit that the odds against are so many to one is ruled out, as judge::Limit has it.
constexpr double ruled_out = 20;

// Nothing of a daemon that says it in another way: the verdict's sentence is there all the same.
std::optional<judge::Evidence> read(View json) {
  if (!json) return std::nullopt;
  try {
    return json.json().get<judge::Evidence>();
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::string between(const judge::Estimate& ratio) {
  if (std::isfinite(ratio.highest))
    return fmt::format("{} to {}", judge::factor_figure(ratio.lowest), judge::factor_figure(ratio.highest));
  return ratio.lowest > 0 ? "at least " + judge::factor_figure(ratio.lowest) : "not known yet";
}

std::string value(judge::Metric metric, double value) {
  return metric == judge::Metric::errors ? judge::share_figure(value) : judge::time_figure(value);
}

std::string limits_line(const judge::Evidence& evidence) {
  std::vector<std::string> out, open;
  for (const judge::Limit& limit : evidence.limits)
    (limit.within >= ruled_out ? out : open).push_back(judge::describe(limit.trigger));
  std::vector<std::string> parts;
  if (!out.empty()) parts.push_back(fmt::format("ruled out: {}", fmt::join(out, ", ")));
  if (!open.empty()) parts.push_back(fmt::format("not ruled out yet: {}", fmt::join(open, ", ")));
  return parts.empty() ? "" : fmt::format("limits {}", fmt::join(parts, "; "));
}

// "214 canary requests", as it ends the judge's sentence.
std::string canary_requests(std::int64_t count) {
  std::string figure = judge::requests_figure(count);
  return figure.insert(figure.find(" request") + 1, "canary ");
}

std::string ended(View record) {
  if (record["outcome"].text() != "under_way") return outcome_text(record);
  return "users go back";
}

}  // namespace

std::string metrics_table(const judge::Evidence& evidence) {
  std::vector<std::vector<std::string>> rows{
      {"METRIC", "CANARY", "STABLE", fmt::format("RATIO, {:g} %", 100 * evidence.confidence), "EVIDENCE"}};
  for (const judge::Comparison& each : evidence.comparisons)
    rows.push_back({std::string(judge::name(each.metric)), value(each.metric, each.canary.value),
                    value(each.metric, each.stable.value), between(each.ratio),
                    judge::odds_figure(each.evidence)});
  return rows.size() > 1 ? table(rows) : "";
}

std::string evidence_lines(View json) {
  const auto evidence = read(json);
  if (!evidence) return "";
  std::vector<std::vector<std::string>> rows;
  for (const judge::Comparison& each : evidence->comparisons)
    rows.push_back({std::string(judge::name(each.metric)), value(each.metric, each.canary.value),
                    "against " + value(each.metric, each.stable.value), between(each.ratio),
                    "evidence " + judge::odds_figure(each.evidence)});
  std::string text;
  if (!rows.empty())
    for (const std::string& line : lines_of(table(rows))) text += labelled("", line);
  if (const std::string limits = limits_line(*evidence); !limits.empty()) text += labelled("", limits);
  return text;
}

std::string ended_by_evidence(View record) {
  const auto evidence = read(record["evidence"]);
  if (!evidence) return "";
  std::string sentence = judge::sentence(*evidence);
  std::string seen = ", " + canary_requests(evidence->requests);
  if (sentence.ends_with(seen))
    sentence.resize(sentence.size() - seen.size());
  else
    seen.clear();
  std::string text = fmt::format("{} after {}{}: {}\n", ended(record), judge::span_figure(evidence->seen),
                                 seen, printable(sentence));
  const std::string metrics = metrics_table(*evidence);
  return metrics.empty() ? text : text + "\n" + metrics;
}

}  // namespace slipway::cli
