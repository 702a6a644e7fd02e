#include <algorithm>
#include <vector>

#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

std::string duration_text(View record, Time now) {
  const auto started = record["started"].time();
  if (!started) return "";
  return format_duration(record["ended"].time().value_or(now) - *started);
}

std::string took(View value) {
  return value ? format_duration(Duration(value.number())) : "";
}

std::string precise_clock(Time time) {
  const std::string text = format_time_precise(time);
  return text.substr(11, text.size() - 12);
}

// How users were brought back: "… (first bad request 22:09:08.123, …)".
std::string return_text(View record) {
  std::string text = return_times(record);
  if (text.empty()) return text;
  std::vector<std::string> moments;
  const auto add = [&](const char* key, std::string_view what) {
    if (const auto time = record[key].time())
      moments.push_back(fmt::format("{} {}", what, precise_clock(*time)));
  };
  add("first_bad", "first bad request");
  add("decided", "decided");
  add("last_request", "last request on it");
  if (!moments.empty()) text += fmt::format(" ({})", fmt::join(moments, ", "));
  return text;
}

std::string started_text(View record) {
  const auto started = record["started"].time();
  return started ? date_and_clock(*started) : "queued";
}

// A table whose last columns were too much for the page: what they say stands below each row.
std::string with_lines_below(const std::vector<std::vector<std::string>>& rows, View deployments,
                             std::size_t columns) {
  const std::string indent(8, ' ');
  const std::vector<std::string> lines = lines_of(table(rows));
  std::string text = lines.front() + "\n";
  std::size_t line = 1;
  for (const Json& json : deployments) {
    const View record(json);
    text += lines[line++] + "\n";
    if (const std::string cause = record["cause"].text(); !cause.empty())
      text += folded(indent + cause, columns, indent) + "\n";
    if (const std::string times = return_times(record); !times.empty())
      text += folded(indent + times, columns, indent) + "\n";
  }
  return text;
}

// A canary is on its way; any other release that was never promoted can't be gone back to.
std::string deployed_text(View release) {
  if (const auto deployed = release["deployed"].time()) return date_and_clock(*deployed);
  return release["role"] ? "" : "never promoted here";
}

}  // namespace

std::string render_note(View note) {
  return fmt::format("{}  {}\n", clock(note["time"].time().value_or(Time{})), note["text"].text());
}

std::string render_history(View deployments, Time now, const Paint& paint, const Page& page) {
  if (deployments.size() == 0) return "nothing was deployed here yet\n";
  const bool returns = std::any_of(deployments.begin(), deployments.end(),
                                   [](const Json& record) { return !return_times(View(record)).empty(); });
  std::vector<std::vector<std::string>> rows{
      {"number", "version", "kind", "by", "started (UTC)", "took", "outcome"}};
  const std::size_t narrow = rows.front().size();
  if (returns) rows.front().insert(rows.front().end(), {"detected in", "restored in"});
  rows.front().emplace_back("cause");
  for (const Json& json : deployments) {
    const View record(json);
    std::vector<std::string> row{std::to_string(record["number"].number()),
                                 record["release"]["version"].text(),
                                 record["kind"].text(),
                                 record["by"].text(),
                                 started_text(record),
                                 duration_text(record, now),
                                 outcome_painted(record, paint)};
    if (returns) row.insert(row.end(), {took(record["detect_ms"]), took(record["restore_ms"])});
    row.push_back(record["cause"].text());
    rows.push_back(std::move(row));
  }
  std::string wide = table(rows);
  const std::vector<std::string> lines = lines_of(wide);
  if (page.long_lines == LongLines::whole ||
      std::ranges::all_of(lines, [&](const std::string& line) { return width(line) <= page.columns; }))
    return wide;
  for (auto& row : rows) row.resize(narrow);
  return with_lines_below(rows, deployments, page.columns);
}

std::string render_timeline(View record, const Paint& paint, const Page& page) {
  std::string text =
      fmt::format("deployment {}   {} of {}   {}", record["number"].number(), record["kind"].text(),
                  paint.bold(record["release"]["version"].text()), outcome_painted(record, paint));
  const std::string evidence = ended_by_evidence(record);
  if (const std::string cause = record["cause"].text(); !cause.empty() && evidence.empty())
    text += ": " + cause;
  text +=
      fmt::format("\n  revision {}, digest {}, started {} UTC by {}", record["release"]["revision"].number(),
                  short_digest(record["release"]), started_text(record), record["by"].text());
  if (const std::string reason = record["reason"].text(); !reason.empty()) text += ": " + reason;
  if (const View replaced = record["replaced"])
    text += fmt::format("\n  replaces {}, revision {}", replaced["version"].text(),
                        replaced["revision"].number());
  if (const std::string source = made_from(record["commit"], record["branch"]); !source.empty())
    text += "\n  made from " + source;
  for (const std::string& line : commit_lines(record["changes"])) text += "\n    " + line;
  if (const std::string back = return_text(record); !back.empty()) text += "\n  " + back;
  text += "\n\n";
  text += checks_table(record["checks"], paint) + approvals_table(record["approvals"]);
  for (const std::string& line : lines_of(evidence)) text += line.empty() ? "\n" : "  " + line + "\n";
  if (!evidence.empty()) text += "\n";
  for (const Json& note : record["notes"]) text += "  " + render_note(View(note));
  // As the text of a note stands beside its time.
  return page.long_lines == LongLines::folded ? folded_lines(text, page.columns, std::string(12, ' ')) : text;
}

std::string render_releases(View releases, const Paint& paint) {
  if (releases.size() == 0) return "there is no release here yet\n";
  std::vector<std::vector<std::string>> rows{{"revision", "version", "role", "deployed (UTC)", "digest"}};
  for (const Json& json : releases) {
    const View release(json);
    const std::string role = release["role"].text();
    rows.push_back({std::to_string(release["revision"].number()), release["version"].text(),
                    role == "stable" ? paint.green(role) : role, deployed_text(release),
                    short_digest(release)});
  }
  return table(rows);
}

}  // namespace slipway::cli
