// What deploy would do, in the words of the plan.
#include <algorithm>
#include <vector>

#include "cli/render.h"
#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

std::string header(View plan, const Paint& paint, Uploaded artifact) {
  const View release = plan["release"];
  const View stable = plan["stable"];
  std::string text = paint.bold(place(plan["target"])) + "   ";
  if (stable) text += stable["version"].text() + " → ";
  text += paint.bold(release["version"].text());
  text += stable ? "" : "   the first release here";
  if (artifact == Uploaded::not_yet)
    text += "   artifact not uploaded yet";
  else if (release["digest"])
    text += "   artifact " + short_digest(release);
  else
    text += "   " + paint.yellow("no artifact known: name it with --artifact PATH");
  return text + "\n";
}

// A label before the first line only.
std::string block(std::string_view label, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += labelled(text.empty() ? label : "", line);
  return text;
}

std::vector<std::string> changes(View changes) {
  if (changes.size() == 0) return {"nothing but the release itself"};
  std::vector<std::vector<std::string>> rows;
  for (const Json& json : changes) {
    const View change(json);
    const std::string from = change["from"].text(), to = change["to"].text();
    // Steps have arrows of their own.
    if (change["from"] && change["to"] && (from + to).find("→") != std::string::npos) {
      rows.push_back({change["what"].text(), "from  " + from});
      rows.push_back({"", "to    " + to});
      continue;
    }
    std::string how = from + " → " + to;
    if (!change["from"]) how = "added: " + to;
    if (!change["to"]) how = "removed; it was " + from;
    rows.push_back({change["what"].text(), how});
  }
  return lines_of(table(rows));
}

// What it was made from, and since when.
std::vector<std::string> source(View plan) {
  const View source = plan["source"];
  std::vector<std::string> lines;
  const std::string commit = made_from(source["commit"], source["branch"]);
  if (commit.empty()) return lines;
  const std::vector<std::string> commits = commit_lines(source["changes"]);
  lines.push_back(commits.empty() ? commit
                                  : fmt::format("{}; since {}:", commit, plan["stable"]["version"].text()));
  for (const std::string& each : commits) lines.push_back("  " + each);
  return lines;
}

std::vector<std::string> gates(View gates, const Paint& paint) {
  std::vector<std::string> lines;
  for (const Json& json : gates) {
    const View gate(json);
    const std::string state = gate["state"].text();
    std::string mark = "•";
    if (state == "met") mark = paint.green("✓");
    if (state == "refuses") mark = paint.red("✗");
    std::string name = gate["name"].text();
    std::ranges::replace(name, '_', ' ');
    lines.push_back(fmt::format("{} {}: {}", mark, name, gate["text"].text()));
  }
  return lines;
}

std::string capacity(View capacity, const Paint& paint) {
  std::string text = fmt::format("{} instances at most, {} now", capacity["instances_most"].number(),
                                 capacity["instances_now"].number());
  if (capacity["memory_needed"]) {
    text += fmt::format(": needs {} more", size_text(capacity["memory_needed"].number()));
    if (capacity["memory_each"])
      text += fmt::format(" ({} each)", size_text(capacity["memory_each"].number()));
  } else {
    text += ": what one needs isn't known yet";
  }
  if (capacity["memory_available"])
    text += fmt::format(", {} free", size_text(capacity["memory_available"].number()));
  if (capacity["enough"].json().is_boolean() && !capacity["enough"].yes())
    text += "   " + paint.red("NOT ENOUGH");
  return text;
}

std::vector<std::string> way_back(View plan) {
  std::vector<std::string> lines;
  for (const Json& line : plan["way_back"]) lines.push_back(View(line).text());
  if (const View back = plan["rollback_target"])
    lines.push_back(
        fmt::format("rolls back to {}, revision {}", back["version"].text(), back["revision"].number()));
  return lines;
}

std::vector<std::string> warnings(View warnings, const Paint& paint) {
  std::vector<std::string> lines;
  for (const Json& line : warnings) lines.push_back(paint.yellow(View(line).text()));
  return lines;
}

// Where a stage begins, and what it is. A hold is told beside its weight.
struct Line {
  std::string at, text, beside;
};

std::vector<Line> stage_rows(View stages) {
  std::vector<Line> rows;
  std::string last;
  for (const Json& json : stages) {
    const View stage(json);
    const std::string kind = stage["kind"].text();
    if (kind == "hold" && !rows.empty()) {
      rows.back().beside = stage["text"].text();
      continue;
    }
    std::string at = stage["from_ms"] ? minutes(Duration(stage["from_ms"].number())) : "";
    const bool moves = kind == "shift" || kind == "promote";
    rows.push_back({at == last && !moves ? "" : at, stage["text"].text(), ""});
    last = at;
  }
  return rows;
}

std::string stages(View plan, Time now) {
  std::vector<Line> rows = stage_rows(plan["stages"]);
  if (rows.empty()) return "";
  const View expected = plan["expected_ms"];
  if (expected) {
    const Duration all(expected.number());
    rows.push_back({minutes(all), "done",
                    fmt::format("at {} UTC if it began now; starts and tests take their time besides",
                                clock(now + all))});
  }
  std::size_t widest = 0, texts = 0;
  for (const Line& row : rows) {
    widest = std::max(widest, width(row.at));
    if (!row.beside.empty()) texts = std::max(texts, width(row.text));
  }
  std::string text = "\n";
  for (const Line& row : rows) {
    text += "  " + right(row.at, std::max<std::size_t>(widest, 5)) + "  ";
    text += row.beside.empty() ? row.text : padded(row.text, texts) + "   " + row.beside;
    text += "\n";
  }
  return text;
}

}  // namespace

std::string render_plan(View plan, Time now, const Paint& paint, Uploaded artifact, const Page& page) {
  std::string text = header(plan, paint, artifact) + "\n";
  text += block("made from", source(plan));
  if (plan["stable"]) text += block("changes", changes(plan["changes"]));
  text += block("gates", gates(plan["gates"], paint));
  if (plan["capacity"]) text += labelled("capacity", capacity(plan["capacity"], paint));
  text += block("way back", way_back(plan));
  if (plan["judge"]) {
    text += labelled("judge", plan["judge"]["text"].text());
    if (plan["judge"]["users"]) text += labelled("users", plan["judge"]["users"].text());
  }
  text += block("warning", warnings(plan["warnings"], paint));
  text += stages(plan, now);
  if (plan["answer"]["accepted"].yes() && plan["stages"].size() == 0)
    text += "\n  nothing to do: " + plan["answer"]["message"].text() + "\n";
  return fitted(text, page);
}

}  // namespace slipway::cli
