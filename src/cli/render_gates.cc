// What a release was made from, and what was asked before it began: as it stays in the history.
#include <algorithm>
#include <vector>

#include "base/text.h"
#include "cli/render_parts.h"
#include "cli/words.h"
#include "core/effect.h"

namespace slipway::cli {
namespace {

constexpr std::size_t changes_shown = 10;
constexpr std::size_t tail_shown = 10;  // lines

std::string at(View value) {
  const auto time = value.time();
  return time ? date_and_clock(*time) : "";
}

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {} {}", number, number == 1 ? "was" : "were", what);
}

struct Standing {
  std::string word, by;
};

Standing standing_of(View check, const Paint& paint) {
  const std::string by = check["by"].text();
  if (check["overridden"].yes()) return {paint.yellow("set aside"), by};
  if (!check["passed"].yes()) return {paint.red("failed"), by};
  return {paint.green("met"), by};
}

std::string sentence_of(View checks) {
  std::size_t failed = 0, set_aside = 0;
  for (const Json& json : checks) {
    const View check(json);
    if (check["overridden"].yes())
      ++set_aside;
    else if (!check["passed"].yes())
      ++failed;
  }
  const std::size_t all = checks.size(), met = all - failed - set_aside;
  if (met == all) return all == 1 ? "the one check was met" : fmt::format("all {} checks were met", all);
  std::vector<std::string> parts;
  if (failed > 0) parts.push_back(fmt::format("{} failed", failed));
  if (set_aside > 0) parts.push_back(counted(set_aside, "set aside"));
  if (met > 0) parts.push_back(counted(met, "met"));
  return fmt::format("of {} check{}, {}", all, all == 1 ? "" : "s", listed(parts));
}

// The last lines of what a check printed; only those of failed ones are kept.
std::string tail_of(View check) {
  const std::vector<std::string> lines = lines_of(check["tail"].text());
  const std::size_t from = lines.size() > tail_shown ? lines.size() - tail_shown : 0;
  std::string text;
  if (from > 0) text += fmt::format("      … {} lines before\n", from);
  for (std::size_t i = from; i < lines.size(); ++i) text += "      " + lines[i] + "\n";
  return text;
}

}  // namespace

std::string made_from(View commit, View branch) {
  if (commit.text().empty()) return "";
  std::string text = "commit " + short_commit(commit.text());
  return branch.text().empty() ? text : text + " on " + branch.text();
}

std::vector<std::string> commit_lines(View changes) {
  std::vector<std::string> lines;
  for (const Json& json : changes) lines.push_back(View(json).text());
  return core::first_changes(std::move(lines), changes_shown);
}

std::string checks_table(View checks, const Paint& paint) {
  if (checks.size() == 0) return "";
  std::vector<std::vector<std::string>> rows{{"check", "result", "by", "at (UTC)", "evidence"}};
  for (const Json& json : checks) {
    const View check(json);
    const Standing standing = standing_of(check, paint);
    rows.push_back(
        {check["check"].text(), standing.word, standing.by, at(check["at"]), check["summary"].text()});
  }
  const std::vector<std::string> lines = lines_of(table(rows));
  std::string text = fmt::format("  {}\n  {}\n", sentence_of(checks), lines.front());
  std::size_t line = 1;
  for (const Json& json : checks) text += "  " + lines[line++] + "\n" + tail_of(View(json));
  return text + "\n";
}

std::string approvals_table(View approvals) {
  if (approvals.size() == 0) return "";
  std::vector<std::string> people;
  std::vector<std::vector<std::string>> rows{{"by", "at (UTC)", "note"}};
  for (const Json& json : approvals) {
    const View approval(json);
    people.push_back(approval["by"].text());
    rows.push_back({people.back(), at(approval["at"]), approval["reason"].text()});
  }
  std::string text = fmt::format("  approved by {}\n", listed(people));
  for (const std::string& line : lines_of(table(rows))) text += "  " + line + "\n";
  return text + "\n";
}

}  // namespace slipway::cli
