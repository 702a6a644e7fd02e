#include "judge/trigger.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "judge/figure.h"

namespace slipway::judge {
namespace {

using std::chrono::seconds;

constexpr double million = 1'000'000;

// Whole seconds, the last of which is over.
struct Window {
  Time begin, end;
  std::int64_t length() const { return std::chrono::floor<seconds>(end - begin).count(); }
};

double quantile_of(Trigger::Statistic statistic) {
  switch (statistic) {
    case Trigger::Statistic::p50:
      return 0.5;
    case Trigger::Statistic::p90:
      return 0.9;
    case Trigger::Statistic::p99:
      return 0.99;
    case Trigger::Statistic::mean:
      break;
  }
  CHECK(statistic != Trigger::Statistic::mean);
  return 1;
}

double milliseconds(Trigger::Statistic statistic, const Histogram& times) {
  if (statistic == Trigger::Statistic::mean) return times.mean().value_or(0);
  return static_cast<double>(times.quantile(quantile_of(statistic)).value_or(Duration{}).count());
}

double value_of(const Trigger& trigger, const Cell& cell) {
  if (trigger.metric == Trigger::Metric::response_time) return milliseconds(trigger.statistic, cell.times);
  if (cell.requests == 0) return 0;
  return static_cast<double>(cell.errors) / static_cast<double>(cell.requests);
}

bool is_beyond(const Trigger& trigger, const Cell& cell) {
  if (trigger.metric == Trigger::Metric::response_time)
    return milliseconds(trigger.statistic, cell.times) > static_cast<double>(trigger.threshold);
  return cell.errors * 1'000'000 > cell.requests * trigger.threshold;
}

std::optional<Time> first_bad(const Trigger& trigger, const Experience& experience, const Window& window,
                              const Cell& total) {
  if (trigger.metric == Trigger::Metric::error_rate) return total.first_error;
  for (Time second = window.begin; second < window.end; second += seconds(1))
    if (is_beyond(trigger, experience.sum(second, second + seconds(1)))) return second;
  return std::nullopt;
}

Finding look_at_requests(const Trigger& trigger, const Experience& experience, const Window& window,
                         bool whole) {
  const std::int64_t length = window.length();
  const std::int64_t parts = std::min<std::int64_t>(5, length);
  Cell total;
  bool throughout = true;
  for (std::int64_t part = 0; part < parts; ++part) {
    const Cell cell = experience.sum(window.begin + seconds(length * part / parts),
                                     window.begin + seconds(length * (part + 1) / parts));
    if (cell.requests >= least_requests && !is_beyond(trigger, cell)) throughout = false;
    total.merge(cell);
  }
  Finding finding;
  finding.requests = total.requests;
  finding.known = total.requests >= least_requests;
  finding.value = value_of(trigger, total);
  finding.beyond = finding.known && is_beyond(trigger, total);
  finding.breached = finding.beyond && whole && throughout;
  if (finding.breached) finding.first_bad = first_bad(trigger, experience, window, total);
  return finding;
}

// A busy daemon may miss a second in ten.
Finding look_at_health(const Trigger& trigger, const Experience& experience, const Window& window,
                       bool whole) {
  const Experience::Health health = experience.health(window.begin, window.end);
  Finding finding;
  finding.known = health.seconds > 0 && health.seconds * 10 >= window.length() * 9;
  finding.value = health.seconds > 0 ? health.highest : 0;
  finding.beyond = finding.known && std::llround(health.highest * million) < trigger.threshold;
  finding.breached = finding.beyond && whole;
  if (finding.breached) finding.first_bad = window.begin;
  return finding;
}

}  // namespace

std::string describe(const Trigger& trigger) {
  const std::string span = span_figure(trigger.duration);
  switch (trigger.metric) {
    case Trigger::Metric::error_rate:
      return fmt::format("ErrorRate above {} for {}", limit_figure(trigger), span);
    case Trigger::Metric::response_time:
      return trigger.statistic == Trigger::Statistic::mean
                 ? fmt::format("ResponseTime above {} for {}", limit_figure(trigger), span)
                 : fmt::format("ResponseTime {} above {} for {}", statistic_name(trigger.statistic),
                               limit_figure(trigger), span);
    case Trigger::Metric::health_check:
      return fmt::format("HealthCheck below {} for {}", limit_figure(trigger), span);
  }
  return "";
}

Finding look(const Trigger& trigger, const Experience& experience, Time since, Time now) {
  CHECK(trigger.duration >= seconds(1));
  const Time end = std::chrono::floor<seconds>(now);
  const Time begin = end - std::chrono::floor<seconds>(trigger.duration);
  const Time first = std::chrono::ceil<seconds>(since);
  const Window window{std::min(std::max(begin, first), end), end};
  const bool whole = first <= begin;
  if (trigger.metric == Trigger::Metric::health_check)
    return look_at_health(trigger, experience, window, whole);
  return look_at_requests(trigger, experience, window, whole);
}

Finding look_over(const Trigger& trigger, const Experience& experience, Time from, Time now) {
  CHECK(trigger.metric != Trigger::Metric::health_check);
  const Cell total = experience.sum(from, now);
  Finding finding;
  finding.requests = total.requests;
  finding.known = total.requests >= least_requests;
  finding.value = value_of(trigger, total);
  finding.beyond = finding.known && is_beyond(trigger, total);
  return finding;
}

}  // namespace slipway::judge
