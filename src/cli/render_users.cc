// Where users are, and what they experience of each release.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "cli/glyphs.h"
#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

constexpr std::size_t spark_columns = 10;
constexpr std::size_t cell_seconds = 3;  // that one column of a sparkline stands for
constexpr std::size_t value_columns = 10;
constexpr double none = std::numeric_limits<double>::quiet_NaN();
// Below these, a sparkline stays low: a single error isn't a mountain.
constexpr double least_error_scale = 0.01;
constexpr double least_time_scale = 1;

struct Sparks {
  std::vector<double> requests, errors, p99;  // per second, share, milliseconds; oldest first
};

struct Row {
  std::string name;
  View arm;
  Sparks sparks;
};

Sparks sparks_of(View seconds) {
  Sparks sparks;
  const std::size_t all = seconds.size();
  for (std::size_t column = spark_columns; column > 0; --column) {
    double requests = none, errors = 0, p99 = none;
    for (std::size_t i = column * cell_seconds; i > (column - 1) * cell_seconds; --i) {
      if (i > all) continue;
      const View second(seconds.json()[all - i]);
      requests = (std::isnan(requests) ? 0 : requests) + second["requests"].real().value_or(0);
      errors += second["errors"].real().value_or(0);
      if (const auto took = second["p99_ms"].real()) p99 = std::isnan(p99) ? *took : std::max(p99, *took);
    }
    sparks.errors.push_back(requests > 0 ? errors / requests : none);
    sparks.p99.push_back(p99);
    sparks.requests.push_back(requests / cell_seconds);
  }
  return sparks;
}

double highest(const std::vector<double>& values, double at_least) {
  for (const double value : values)
    if (value > at_least) at_least = value;
  return at_least;
}

std::string rate(View arm) {
  const double value = arm["requests_per_second"].real().value_or(0);
  return value < 9.95 && value > 0 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

std::string milliseconds(View value) {
  const auto ms = value.real();
  if (!ms) return "–";
  if (*ms < 1) return "<1 ms";
  return *ms < 1000 ? fmt::format("{:.0f} ms", *ms) : format_duration(Duration(std::llround(*ms)));
}

std::vector<Row> rows_of(View target) {
  std::vector<Row> rows;
  for (const char* role : {"stable", "canary", "previous"}) {
    const View arm = target["users"][role];
    if (!arm) continue;
    rows.push_back(
        {fmt::format("{} {}", target[role]["version"].text(), role), arm, sparks_of(arm["seconds"])});
  }
  return rows;
}

// "25 %", "25.1 %"
std::string weight_text(double weight) {
  const std::string text = fmt::format("{:.1f}", weight);
  return (text.ends_with(".0") ? text.substr(0, text.size() - 2) : text) + " %";
}

std::string weight_line(View target, const Paint& paint) {
  const View weight = target["weight"];
  const auto actual = weight["actual"].real();
  std::string text =
      fmt::format("set {} %   actual {}", weight["set"].number(), actual ? weight_text(*actual) : "unknown");
  if (weight["lease_ms"]) {
    const std::int64_t left = weight["lease_ms"].number();
    text += left > 0 ? fmt::format("   lease {} s", left / 1000)
                     : "   " + paint.red("lease ran out: everyone is on stable");
  }
  return labelled("users", text);
}

// The header on a line of its own, to be copied.
std::string preview_lines(View preview) {
  const std::string address = preview["address"].text();
  const std::string header = preview["header"].text();
  std::string text = address.empty() ? "" : "http://" + address;
  if (!header.empty()) text += address.empty() ? "with the header" : "   or with the header";
  if (text.empty()) return "";
  return labelled("preview", text) + (header.empty() ? "" : labelled("", header));
}

std::string ignored(std::int64_t number, std::string_view what) {
  return fmt::format("{} {} record{} ignored", number, what, number == 1 ? "" : "s");
}

// Silent while all is well. What concerns the deployment under way is an alarm; the daemon's totals never go
// back, and so aren't.
std::string telemetry_lines(View telemetry, const Paint& paint) {
  const std::int64_t lost = telemetry["lost"].number();
  const std::int64_t received = telemetry["received"].number();
  const std::int64_t counted = telemetry["counted"].number();
  const std::int64_t gap = counted - telemetry["recorded"].number();
  std::vector<std::string> totals;
  const auto share = [](std::int64_t part, std::int64_t whole) {
    return percent(static_cast<double>(part) / static_cast<double>(whole));
  };
  if (lost > 0)
    totals.push_back(
        fmt::format("{} of {} records lost ({})", lost, lost + received, share(lost, lost + received)));
  for (const char* kind : {"forged", "malformed"})
    if (const auto number = telemetry[kind].number(); number > 0) totals.push_back(ignored(number, kind));
  std::string text;
  // Requests in flight are counted already: a few missing are no loss.
  if (counted > 0 && telemetry["recorded"] && gap * 1000 > counted)
    text = labelled("telemetry", paint.yellow(fmt::format("{} of the canary's {} requests not recorded ({})",
                                                          gap, counted, share(gap, counted))));
  if (!totals.empty())
    text += labelled(text.empty() ? "telemetry" : "",
                     paint.dim(fmt::format("since the daemon started: {}", fmt::join(totals, "; "))));
  return text;
}

}  // namespace

std::string traffic_lines(View target, const Paint& paint) {
  const View proxy = target["proxy"];
  std::string text;
  if (target["canary"]) text += weight_line(target, paint);
  if (!target["listen"].text().empty()) {
    std::string where = target["listen"].text();
    if (const std::string url = target["url"].text(); !url.empty()) where += "   " + url;
    text += labelled("listens at", where);
  }
  if (target["canary"]) text += preview_lines(target["preview"]);
  text += telemetry_lines(target["telemetry"], paint);
  const std::string problem = proxy["problem"].text();
  if (proxy["state"].text() == "down")
    text += labelled("proxy", paint.red("DOWN") + (problem.empty() ? "" : ": " + problem));
  else if (!problem.empty())
    text += labelled("proxy", paint.yellow(problem));
  return text;
}

std::string users_table(View target, const Paint& paint, std::size_t columns) {
  const std::vector<Row> rows = rows_of(target);
  if (rows.empty()) return "";
  std::size_t names = 0;
  double errors = least_error_scale, p99 = least_time_scale;
  for (const Row& row : rows) {
    names = std::max(names, width(row.name));
    errors = highest(row.sparks.errors, errors);
    p99 = highest(row.sparks.p99, p99);
  }
  const bool sparks = 2 + names + 4 * value_columns + 3 * (1 + spark_columns) <= columns;
  const auto cell = [&](const std::string& value, const std::string& spark) {
    return right(value, value_columns) + (sparks ? " " + padded(spark, spark_columns) : "");
  };
  const auto trimmed = [](std::string text) {
    while (text.ends_with(' ')) text.pop_back();
    return text;
  };
  std::string text = "\n" +
                     paint.dim(trimmed(std::string(2 + names, ' ') + cell("requests/s", "") +
                                       cell("errors", "") + right("p50", value_columns) + cell("p99", ""))) +
                     "\n";
  for (const Row& row : rows) {
    const bool seen = row.arm["requests"].number() > 0;
    const double share = row.arm["errors"].real().value_or(0);
    text += trimmed("  " + padded(row.name, names) +
                    cell(rate(row.arm), sparkline(row.sparks.requests, highest(row.sparks.requests, 0))) +
                    cell(seen ? percent(share) : "–", sparkline(row.sparks.errors, errors)) +
                    right(milliseconds(row.arm["p50_ms"]), value_columns) +
                    cell(milliseconds(row.arm["p99_ms"]), sparkline(row.sparks.p99, p99))) +
            "\n";
  }
  return text;
}

}  // namespace slipway::cli
