#include "config/triggers.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/choice.h"
#include "config/number.h"

namespace slipway::config {
namespace {

using judge::Trigger;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t most_triggers = 20;  // each is looked at every second
constexpr Duration longest = hours(1);     // of what is remembered, and of a request's time
constexpr std::size_t longest_text = 32;   // that could be a time
constexpr std::int64_t whole_share = 1'000'000;

std::string_view name(Trigger::Metric metric) {
  switch (metric) {
    case Trigger::Metric::error_rate:
      return "ErrorRate";
    case Trigger::Metric::response_time:
      return "ResponseTime";
    case Trigger::Metric::health_check:
      return "HealthCheck";
  }
  return "";
}

std::optional<Trigger::Metric> read_metric(const Field& field, Problems& problems) {
  using enum Trigger::Metric;
  return read_choice<Trigger::Metric>(
      field, {{"ErrorRate", error_rate}, {"ResponseTime", response_time}, {"HealthCheck", health_check}},
      "a metric", problems);
}

std::optional<std::int64_t> read_share(const Field& field, Trigger::Metric metric, Problems& problems) {
  const auto word = read_text(field, problems);
  if (!word) return std::nullopt;
  const auto share = parse_share(word->text);
  if (!share && word->text.size() <= longest_text && parse_duration(word->text)) {
    problems.report(word->place,
                    fmt::format("threshold: {} is a share, and {} is a time", name(metric), word->text),
                    "write it in per cent, such as 5%");
    return std::nullopt;
  }
  if (!share) {
    problems.report(word->place, fmt::format("threshold: \"{}\" is not a share", word->text),
                    "write it in per cent, with 4 decimals at most: 5% or 0.5%");
    return std::nullopt;
  }
  if (*share == 0 || *share > whole_share) {
    problems.report(word->place, fmt::format("threshold: {} is out of range", word->text),
                    "write more than 0%, and 100% at most");
    return std::nullopt;
  }
  return share;
}

std::optional<std::int64_t> read_time(const Field& field, Problems& problems) {
  const Node& node = *field.value;
  if (node.kind == Node::Kind::scalar && node.text.ends_with('%')) {
    problems.report(node.place,
                    fmt::format("threshold: ResponseTime is a time, and {} is a share", node.text),
                    "write a duration, such as 2000ms");
    return std::nullopt;
  }
  const auto time = read_duration(field, Duration(1), longest, problems);
  if (!time) return std::nullopt;
  return time->count();
}

std::optional<Duration> read_length(const Field& field, Problems& problems) {
  const auto length = read_duration(field, seconds(1), longest, problems);
  if (!length || *length % seconds(1) == Duration(0)) return length;
  problems.report(field.place(), fmt::format("duration: {} is not whole seconds", field.value->text),
                  fmt::format("write {}s", std::chrono::ceil<seconds>(*length).count()));
  return std::nullopt;
}

std::optional<Trigger::Statistic> read_statistic(const Field& field, Trigger::Metric metric,
                                                 Problems& problems) {
  using enum Trigger::Statistic;
  if (metric != Trigger::Metric::response_time) {
    problems.report(field.key_place, fmt::format("statistic is about ResponseTime, not {}", name(metric)),
                    "remove it");
    return std::nullopt;
  }
  return read_choice<Trigger::Statistic>(field, {{"mean", mean}, {"p50", p50}, {"p90", p90}, {"p99", p99}},
                                         "a statistic", problems);
}

// Nothing, with a report, where something of it is wrong.
std::optional<Trigger> read_trigger(const Field& item, Problems& problems) {
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "a rollback trigger must hold keys and their values",
                    "write it as {metric: ErrorRate, threshold: 5%, duration: 5m}");
    return std::nullopt;
  }
  const auto section =
      Section::open(item, "rollback_triggers", {{"metric", "threshold", "duration", "statistic"}}, problems);
  if (!section) return std::nullopt;
  Trigger trigger;
  bool right = true;
  const auto take = [&](const auto& read, auto& into) {
    right = right && read.has_value();
    if (read) into = *read;
  };
  if (const auto duration = section->require("duration", "duration: 5m", problems))
    take(read_length(*duration, problems), trigger.duration);
  else
    right = false;
  const auto threshold = section->require("threshold", "threshold: 5%, or 2000ms of ResponseTime", problems);
  const auto metric = section->require("metric", "metric: ErrorRate", problems);
  const auto known = metric ? read_metric(*metric, problems) : std::nullopt;
  if (!known) return std::nullopt;  // what the others mean depends on it
  trigger.metric = *known;
  if (threshold)
    take(trigger.metric == Trigger::Metric::response_time ? read_time(*threshold, problems)
                                                          : read_share(*threshold, trigger.metric, problems),
         trigger.threshold);
  if (const auto statistic = section->find("statistic"))
    take(read_statistic(*statistic, trigger.metric, problems), trigger.statistic);
  if (!right || !threshold) return std::nullopt;
  return trigger;
}

}  // namespace

std::vector<Trigger> read_triggers(const Field& field, Problems& problems) {
  std::vector<Trigger> triggers;
  std::vector<int> lines;  // of each
  if (field.value->items.size() > most_triggers) {
    problems.report(field.key_place, fmt::format("there are {} rollback triggers", field.value->items.size()),
                    fmt::format("{} is the most", most_triggers));
    return triggers;
  }
  for (const Field& item : read_list(field, problems)) {
    const auto trigger = read_trigger(item, problems);
    if (!trigger) continue;
    const auto same = std::ranges::find(triggers, *trigger);
    if (same != triggers.end())
      problems.report(item.place(),
                      fmt::format("this is the rollback trigger of line {} again",
                                  lines[static_cast<std::size_t>(same - triggers.begin())]),
                      "remove one of them");
    triggers.push_back(*trigger);
    lines.push_back(item.key_place.line);
  }
  return triggers;
}

}  // namespace slipway::config
