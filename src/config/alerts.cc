#include "config/alerts.h"

#include <fmt/format.h>

#include "config/choice.h"
#include "config/command.h"
#include "config/names.h"
#include "config/number.h"

namespace slipway::config {
namespace {

using core::Alert;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t most_alerts = 20;  // each is looked at all the time
constexpr double most_errors = 1e9;
constexpr int most_periods = 100;

std::optional<double> read_above(const Field& field, Alert::Metric metric, Problems& problems) {
  const std::string_view text =
      field.value->kind == Node::Kind::scalar ? std::string_view(field.value->text) : std::string_view();
  if (metric == Alert::Metric::latency) {
    if (parse_number(text)) {
      problems.report(field.place(), fmt::format("above: {} has no unit, and Latency is a time", text),
                      fmt::format("write it with one: {}ms", text));
      return std::nullopt;
    }
    const auto time = read_duration(field, Duration(1), hours(1), problems);
    return time ? std::optional(static_cast<double>(time->count())) : std::nullopt;
  }
  if (text.ends_with('%')) {
    problems.report(field.place(), "above: Errors are counted, and not a share of the requests",
                    "write a number, such as 10; of shares there are the rollback_triggers");
    return std::nullopt;
  }
  return read_number(field, 0, most_errors, "10", problems);
}

std::optional<Alert::Statistic> read_statistic(const Field& field, Alert::Metric metric, Problems& problems) {
  using enum Alert::Statistic;
  const auto statistic = read_choice<Alert::Statistic>(field, {{"sum", sum}, {"average", average}},
                                                       "a statistic of an alert", problems);
  if (statistic != sum || metric != Alert::Metric::latency) return statistic;
  problems.report(field.place(), "statistic: a sum of Latency says how many came, not how long they waited",
                  "write average");
  return std::nullopt;
}

std::optional<Duration> read_period(const Field& field, Problems& problems) {
  const auto period = read_duration(field, seconds(1), days(1), problems);
  if (!period || *period % seconds(1) == Duration(0)) return period;
  problems.report(field.place(), fmt::format("period: {} is not in whole seconds", field.value->text),
                  "write it as 300s or 5m");
  return std::nullopt;
}

void read_measure(const Section& section, Alert& alert, Problems& problems) {
  const auto above = section.require("above", "above: 10, or 1000ms of Latency", problems);
  const auto metric = section.require("metric", "metric: Errors", problems);
  if (!metric) return;  // what the others mean depends on it
  const auto known = read_choice<Alert::Metric>(
      *metric, {{"Errors", Alert::Metric::errors}, {"Latency", Alert::Metric::latency}},
      "a metric of an alert", problems);
  if (!known) return;
  alert.metric = *known;
  alert.statistic = *known == Alert::Metric::latency ? Alert::Statistic::average : Alert::Statistic::sum;
  if (above) alert.above = read_above(*above, *known, problems).value_or(alert.above);
  if (const auto statistic = section.find("statistic"))
    alert.statistic = read_statistic(*statistic, *known, problems).value_or(alert.statistic);
}

Alert read_alert(const Field& item, UniqueNames& names, Problems& problems) {
  Alert alert;
  if (item.value->kind != Node::Kind::map) {
    problems.report(item.place(), "an alert must hold keys and their values",
                    "write it as {name: errors, metric: Errors, above: 10, period: 5m}");
    return alert;
  }
  const auto section = Section::open(item, "alerts",
                                     {{"name", "metric", "statistic", "above", "period", "evaluation_periods",
                                       "notify", "run", "roll_back"}},
                                     problems);
  if (!section) return alert;
  alert.name = names.read(*section, problems);
  read_measure(*section, alert, problems);
  if (const auto period = section->find("period"))
    alert.period = read_period(*period, problems).value_or(alert.period);
  if (const auto periods = section->find("evaluation_periods"))
    alert.evaluation_periods =
        read_whole(*periods, 1, most_periods, problems).value_or(alert.evaluation_periods);
  if (const auto notify = section->find("notify"))
    alert.notify = read_truth(*notify, problems).value_or(alert.notify);
  if (const auto run = section->find("run"))
    alert.command = read_plain_command(*run, "an alert's command", shell_puts_in, problems);
  if (const auto roll_back = section->find("roll_back"))
    alert.roll_back = read_truth(*roll_back, problems).value_or(alert.roll_back);
  return alert;
}

}  // namespace

std::vector<Alert> read_alerts(const Field& field, Problems& problems) {
  std::vector<Alert> alerts;
  if (field.value->items.size() > most_alerts) {
    problems.report(field.key_place, fmt::format("there are {} alerts", field.value->items.size()),
                    fmt::format("{} is the most", most_alerts));
    return alerts;
  }
  UniqueNames names("alert");
  for (const Field& item : read_list(field, problems)) alerts.push_back(read_alert(item, names, problems));
  return alerts;
}

}  // namespace slipway::config
