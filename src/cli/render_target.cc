#include <algorithm>
#include <vector>

#include "cli/render.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

constexpr std::size_t label_width = 15;
constexpr std::size_t line_width = 100;

std::string labelled(std::string_view label, const std::string& text) {
  return "  " + padded(std::string(label), label_width) + text + "\n";
}

std::int64_t healthy(View fleet) {
  return std::count_if(fleet["instances"].begin(), fleet["instances"].end(),
                       [](const Json& instance) { return View(instance)["health"].text() == "healthy"; });
}

std::string version(View fleet_or_release) {
  return fleet_or_release["version"].text();
}

// What is going on, in a few words: the sentence that stands before everything.
std::string sentence(View target, const Paint& paint) {
  const View deployment = target["deployment"];
  const View stable = target["stable"];
  if (deployment) {
    const std::string name = version(deployment["release"]);
    const bool back = deployment["undoing"].yes();
    std::string text;
    if (deployment["stuck"])
      text = paint.red("STUCK") + " while " + (back ? "undoing " : "deploying ") + name;
    else if (back)
      text = paint.yellow("UNDOING " + name);
    else if (deployment["promoted"])
      text = paint.green("PROMOTED " + name);
    else
      text = paint.bold("CANARY " + name) + fmt::format(" at {} %", target["weight"]["set"].number());
    text += fmt::format("   stage {} of {}", deployment["cursor"].number() + 1, deployment["stages"].size());
    if (stable && version(stable) != name) text += "   " + version(stable) + " stable";
    return text;
  }
  if (stable) {
    std::string text = paint.bold(version(stable)) + " stable";
    const auto all = static_cast<std::int64_t>(stable["instances"].size());
    if (healthy(stable) < all)
      text += paint.red(fmt::format("   only {} of {} healthy", healthy(stable), all));
    return text;
  }
  if (target["last"])
    return paint.red("NOTHING SERVES") + "   " + version(target["last"]["release"]) + " " +
           outcome_text(target["last"]);
  return "nothing deployed yet";
}

std::string bar(Duration done, Duration whole) {
  constexpr std::int64_t cells = 30;
  const std::int64_t full =
      whole.count() > 0 ? std::clamp<std::int64_t>(done.count() * cells / whole.count(), 0, cells) : cells;
  std::string text;
  for (std::int64_t i = 0; i < cells; ++i) text += i < full ? "█" : "░";
  return text;
}

std::string stage_lines(View deployment, Time now, const Paint& paint) {
  const View stage = deployment["stage"];
  std::string text;
  if (const View stuck = deployment["stuck"]) {
    const Time since = stuck["since"].time().value_or(now);
    text += labelled("stuck", paint.red(stuck["reason"].text()));
    text += labelled("", fmt::format("for {}; weights are frozen, nothing is retired, and it is tried again",
                                     format_duration(now - since)));
  }
  text += labelled("stage", stage["text"].text());
  const Time entered = stage["entered"].time().value_or(now);
  if (const auto until = stage["until"].time())
    text +=
        labelled("", fmt::format("{}   {} of {}", bar(now - entered, *until - entered),
                                 format_duration(std::clamp(now - entered, Duration(0), *until - entered)),
                                 format_duration(*until - entered)));
  if (const std::string waits = deployment["waits_for"].text(); !waits.empty())
    text += labelled("waits for", waits);
  const auto next = static_cast<std::size_t>(deployment["cursor"].number()) + 1;
  if (next < deployment["stages"].size())
    text += labelled("next", View(deployment["stages"].json()[next])["text"].text());
  std::string by =
      fmt::format("{} ago by {}", format_duration(now - deployment["started"].time().value_or(now)),
                  deployment["by"].text());
  if (const std::string reason = deployment["reason"].text(); !reason.empty()) by += ": " + reason;
  return text + labelled("started", by);
}

std::string traffic_lines(View target, const Paint& paint) {
  const View weight = target["weight"];
  const View proxy = target["proxy"];
  std::string text;
  if (!target["listen"].text().empty()) {
    std::string where = target["listen"].text();
    if (const std::string url = target["url"].text(); !url.empty()) where += "   " + url;
    text += labelled("listens at", where);
  }
  if (target["canary"]) {
    const std::string actual =
        weight["actual"] ? fmt::format("actual {} %", weight["actual"].json().dump()) : "actual unknown";
    text += labelled("users", fmt::format("set {} %   {} on the canary", weight["set"].number(), actual));
  }
  const std::string problem = proxy["problem"].text();
  if (proxy["state"].text() == "down")
    text += labelled("proxy", paint.red("DOWN") + (problem.empty() ? "" : ": " + problem));
  else if (!problem.empty())
    text += labelled("proxy", paint.yellow(problem));
  return text;
}

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

std::string fleet_lines(View fleet, std::string_view role, bool last, Time now, const Paint& paint) {
  const auto all = static_cast<std::int64_t>(fleet["instances"].size());
  const std::string count = fmt::format("{} of {} healthy", healthy(fleet), all);
  std::string text =
      fmt::format("  {} {} {}   revision {}   {}\n", last ? "└─" : "├─", paint.bold(version(fleet)), role,
                  fleet["revision"].number(), healthy(fleet) < all ? paint.red(count) : count);
  std::vector<std::vector<std::string>> rows;
  for (const Json& instance : fleet["instances"]) rows.push_back(instance_cells(View(instance), now, paint));
  std::string lines = table(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto end = lines.find('\n');
    text += fmt::format("  {}  {} {}\n", last ? " " : "│", i + 1 == rows.size() ? "└─" : "├─",
                        lines.substr(0, end));
    lines.erase(0, end + 1);
  }
  return text;
}

std::string fleets(View target, Time now, const Paint& paint) {
  std::vector<std::pair<std::string, View>> there;
  for (const char* role : {"stable", "canary", "previous"})
    if (target[role]) there.emplace_back(role, target[role]);
  if (there.empty()) return "";
  std::string text = "\n  instances\n";
  for (const auto& [role, fleet] : there)
    text += fleet_lines(fleet, role, &fleet == &there.back().second, now, paint);
  return text;
}

std::string last_line(View last, Time now, const Paint& paint) {
  const auto ended = last["ended"].time();
  std::string text = fmt::format("{} {}", version(last["release"]), outcome_painted(last, paint));
  if (ended) text += fmt::format(" {} ago", format_duration(now - *ended));
  text += fmt::format(", deployment {} by {}", last["number"].number(), last["by"].text());
  if (const std::string cause = last["cause"].text(); !cause.empty()) text += ": " + cause;
  return labelled("last", text);
}

}  // namespace

std::string render_target(View target, Time now, const Paint& paint) {
  std::string text = paint.bold(place(target["target"])) + "   " + sentence(target, paint);
  const std::string at = clock(now) + " UTC";
  const std::size_t taken = width(text) + width(at);
  text += std::string(taken + 3 < line_width ? line_width - taken : 3, ' ') + paint.dim(at) + "\n";
  if (const View suspended = target["suspended"])
    text += labelled("SUSPENDED",
                     paint.red("nothing new starts: " +
                               (suspended["reason"] ? suspended["reason"].text() : suspended.text())));
  const std::string traffic = traffic_lines(target, paint);
  const std::string stage = target["deployment"] ? stage_lines(target["deployment"], now, paint) : "";
  if (!stage.empty() || !traffic.empty()) text += "\n" + stage + traffic;
  if (const View queued = target["queued"])
    text += labelled("queued", fmt::format("{}, deployment {} by {}", version(queued["release"]),
                                           queued["number"].number(), queued["by"].text()));
  if (target["last"] && !target["deployment"]) text += last_line(target["last"], now, paint);
  return text + fleets(target, now, paint);
}

std::string render_targets(View targets, Time now, const Paint& paint) {
  if (targets.size() == 0) return "nothing deployed yet: slipway deploy ENV --version V --artifact PATH\n";
  std::vector<std::vector<std::string>> rows;
  for (const Json& json : targets) {
    const View target(json);
    std::string more;
    if (const View deployment = target["deployment"]) {
      more = deployment["stuck"] ? paint.red(deployment["stuck"]["reason"].text())
                                 : deployment["stage"]["text"].text();
    } else if (const View last = target["last"]; const auto ended = last["ended"].time()) {
      more = fmt::format("{} {} {} ago", version(last["release"]), outcome_text(last),
                         format_duration(now - *ended));
    }
    const auto before = [&](std::string_view alarm) {
      more.insert(0, paint.red(alarm) + (more.empty() ? "" : "   "));
    };
    if (target["suspended"]) before("SUSPENDED");
    if (target["proxy"]["state"].text() == "down") before("PROXY DOWN");
    rows.push_back({paint.bold(place(target["target"])), sentence(target, paint), more});
  }
  return table(rows);
}

}  // namespace slipway::cli
