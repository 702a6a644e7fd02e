#include <vector>

#include "cli/render.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

std::string duration_text(View record, Time now) {
  const auto started = record["started"].time();
  if (!started) return "";
  return format_duration(record["ended"].time().value_or(now) - *started);
}

std::string started_text(View record) {
  const auto started = record["started"].time();
  return started ? date_and_clock(*started) : "queued";
}

}  // namespace

std::string render_note(View note) {
  return fmt::format("{}  {}\n", clock(note["time"].time().value_or(Time{})), note["text"].text());
}

std::string render_history(View deployments, Time now, const Paint& paint) {
  if (deployments.size() == 0) return "nothing was deployed here yet\n";
  std::vector<std::vector<std::string>> rows{
      {"number", "version", "kind", "by", "started (UTC)", "took", "outcome", "cause"}};
  for (const Json& json : deployments) {
    const View record(json);
    rows.push_back({std::to_string(record["number"].number()), record["release"]["version"].text(),
                    record["kind"].text(), record["by"].text(), started_text(record),
                    duration_text(record, now), outcome_painted(record, paint), record["cause"].text()});
  }
  return table(rows);
}

std::string render_timeline(View record, const Paint& paint) {
  std::string text =
      fmt::format("deployment {}   {} of {}   {}", record["number"].number(), record["kind"].text(),
                  paint.bold(record["release"]["version"].text()), outcome_painted(record, paint));
  if (const std::string cause = record["cause"].text(); !cause.empty()) text += ": " + cause;
  text +=
      fmt::format("\n  revision {}, digest {}, started {} UTC by {}", record["release"]["revision"].number(),
                  short_digest(record["release"]), started_text(record), record["by"].text());
  if (const std::string reason = record["reason"].text(); !reason.empty()) text += ": " + reason;
  if (const View replaced = record["replaced"])
    text += fmt::format("\n  replaces {}, revision {}", replaced["version"].text(),
                        replaced["revision"].number());
  text += "\n\n";
  for (const Json& note : record["notes"]) text += "  " + render_note(View(note));
  return text;
}

std::string render_releases(View releases, const Paint& paint) {
  if (releases.size() == 0) return "there is no release here yet\n";
  std::vector<std::vector<std::string>> rows{{"revision", "version", "role", "deployed (UTC)", "digest"}};
  for (const Json& json : releases) {
    const View release(json);
    const auto deployed = release["deployed"].time();
    const std::string role = release["role"].text();
    rows.push_back({std::to_string(release["revision"].number()), release["version"].text(),
                    role == "stable" ? paint.green(role) : role, deployed ? date_and_clock(*deployed) : "",
                    short_digest(release)});
  }
  return table(rows);
}

}  // namespace slipway::cli
