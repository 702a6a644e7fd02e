#include <algorithm>
#include <vector>

#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

std::vector<std::string> instance_cells(View instance, Time now, const Paint& paint) {
  const std::string health = instance["health"].text();
  const std::string since = format_duration(now - instance["since"].time().value_or(now));
  std::string detail = instance["detail"].text();
  if (const auto restarts = instance["restarts"].number(); restarts > 0)
    detail = fmt::format("restarted {} ×", restarts) + (detail.empty() ? "" : "; " + detail);
  return {instance["name"].text(),
          instance["pid"] ? fmt::format("pid {}", instance["pid"].number()) : "no pid",
          instance["port"].number() != 0 ? fmt::format(":{}", instance["port"].number()) : "",
          health == "healthy" ? paint.green(health) : paint.red(health),
          instance["memory"] ? size_text(instance["memory"].number()) : "",
          "for " + since,
          detail};
}

std::string fleet_lines(View fleet, std::string_view role, bool last, Time now, const Paint& paint,
                        const Page& page) {
  const auto all = static_cast<std::int64_t>(fleet["instances"].size());
  const std::string count = fmt::format("{} of {} healthy", healthy(fleet), all);
  std::string text =
      fmt::format("  {} {} {}   revision {}   {}\n", last ? "└─" : "├─", paint.bold(fleet["version"].text()),
                  role, fleet["revision"].number(), healthy(fleet) < all ? paint.red(count) : count);
  std::vector<std::vector<std::string>> rows;
  for (const Json& instance : fleet["instances"]) rows.push_back(instance_cells(View(instance), now, paint));
  const std::vector<std::string> lines = lines_of(table(rows));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool last_of_fleet = i + 1 == lines.size();
    const std::string branch = last ? "   " : "│  ";
    const std::string line = fmt::format("  {}{} {}", branch, last_of_fleet ? "└─" : "├─", lines[i]);
    const std::string below = fmt::format("  {}{}     ", branch, last_of_fleet ? " " : "│");
    text += (page.long_lines == LongLines::folded ? folded(line, page.columns, below) : line) + "\n";
  }
  return text;
}

}  // namespace

std::int64_t healthy(View fleet) {
  return std::count_if(fleet["instances"].begin(), fleet["instances"].end(),
                       [](const Json& instance) { return View(instance)["health"].text() == "healthy"; });
}

std::string instances_tree(View target, Time now, const Paint& paint, const Page& page) {
  std::vector<std::pair<std::string, View>> there;
  for (const char* role : {"stable", "canary", "previous"})
    if (target[role]) there.emplace_back(role, target[role]);
  if (there.empty()) return "";
  std::string text = "\n  instances\n";
  for (const auto& [role, fleet] : there)
    text += fleet_lines(fleet, role, &fleet == &there.back().second, now, paint, page);
  return text;
}

}  // namespace slipway::cli
