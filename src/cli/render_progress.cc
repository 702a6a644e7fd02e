// What is under way: the stage, how long it lasts, what it waits for, the judge's word on it.
#include <algorithm>

#include "cli/glyphs.h"
#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

std::string stuck_lines(View stuck, Time now, const Paint& paint) {
  const Time since = stuck["since"].time().value_or(now);
  return labelled("stuck", paint.red(stuck["reason"].text())) +
         labelled("", fmt::format("for {}; weights are frozen, nothing is retired, and it is tried again",
                                  format_duration(now - since)));
}

std::string paused_lines(View target, Time now, const Paint& paint) {
  const View paused = target["deployment"]["paused"];
  const std::string by = paused["by"].text();
  std::string text =
      paint.yellow(fmt::format("for {} by {}", format_duration(now - paused["since"].time().value_or(now)),
                               by.empty() ? "itself" : by));
  if (const std::string reason = paused["reason"].text(); !reason.empty()) text += ": " + reason;
  const View name = target["target"];
  const std::string where = name["service"].text() + "/" + name["environment"].text();
  text = labelled("paused", text) + labelled("", "go on:        slipway resume " + where);
  // What is promoted has every user, and can't be aborted.
  if (target["deployment"]["promoted"]) return text + labelled("", "take it back: slipway rollback " + where);
  return text + labelled("", "to everyone:  slipway promote " + where) +
         labelled("", "take it back: slipway abort " + where);
}

std::string next_text(View deployment) {
  const auto next = static_cast<std::size_t>(deployment["cursor"].number()) + 1;
  return next < deployment["stages"].size() ? View(deployment["stages"].json()[next])["text"].text() : "";
}

// A stage with an end to it, as a bar. While it is paused the clock of a hold stands still.
std::string timed_stage(View target, Time now, Time until, std::size_t columns) {
  const View deployment = target["deployment"];
  const View stage = deployment["stage"];
  const std::string kind = stage["kind"].text();
  const bool paused = static_cast<bool>(deployment["paused"]);
  const Time at = paused ? deployment["paused"]["since"].time().value_or(now) : now;
  const Time entered = stage["entered"].time().value_or(at);
  const Duration whole = std::max(until - entered, Duration(0));
  const Duration done = std::clamp(at - entered, Duration(0), whole);
  const double share =
      whole.count() > 0 ? static_cast<double>(done.count()) / static_cast<double>(whole.count()) : 1.0;
  const std::string label = kind == "hold"   ? fmt::format("Holding {} %", target["weight"]["set"].number())
                            : kind == "bake" ? "Baking"
                                             : "Stage";
  std::string line = labelled(label, fmt::format("{}   {} of {}", bar(share), minutes(done), minutes(whole)));
  if (label == "Stage") line += labelled("", stage["text"].text());
  std::string next = next_text(deployment);
  if (next.empty()) return line;
  if (!paused && until > now) next += " at " + clock(until);
  line.pop_back();
  const std::string beside = line + "      next " + next + "\n";
  return width(beside) <= columns + 1 ? beside : line + "\n" + labelled("next", next);
}

std::string stage_lines(View target, Time now, std::size_t columns) {
  const View deployment = target["deployment"];
  const View stage = deployment["stage"];
  const auto until = stage["until"].time();
  std::string text;
  if (until) {
    text = timed_stage(target, now, *until, columns);
  } else {
    text = labelled("Stage", stage["text"].text());
    if (const std::string next = next_text(deployment); !next.empty()) text += labelled("next", next);
  }
  // A hold that runs says it all with its bar.
  const bool runs = until && *until > now && !deployment["stuck"] && !deployment["undoing"].yes() &&
                    (stage["kind"].text() == "hold" || stage["kind"].text() == "bake");
  const std::string waits = deployment["waits_for"].text();
  if (!waits.empty() && !runs && !deployment["paused"]) text += labelled("waits for", waits);
  return text;
}

std::string verdict_lines(View verdict, const Paint& paint) {
  const std::string kind = verdict["kind"].text();
  const std::string reason = verdict["reason"].text();
  std::string word = kind == "healthy" ? "healthy so far" : kind;
  if (kind == "healthy") word = paint.green(word);
  if (kind == "unhealthy") word = paint.red(word);
  if (kind == "held") word = paint.yellow(word);
  return labelled("verdict", reason.empty() ? word : word + ": " + reason) +
         evidence_lines(verdict["evidence"]);
}

// Users go back, or have gone: why, and how long it took.
std::string undoing_lines(View deployment) {
  std::string text;
  if (const std::string cause = deployment["cause"].text(); !cause.empty()) text = labelled("because", cause);
  if (const std::string times = return_times(deployment); !times.empty()) text += labelled("", times);
  return text;
}

}  // namespace

std::string progress_lines(View target, Time now, const Paint& paint, std::size_t columns) {
  const View deployment = target["deployment"];
  if (!deployment) return "";
  std::string text;
  if (const View stuck = deployment["stuck"]) text += stuck_lines(stuck, now, paint);
  if (deployment["undoing"].yes()) text += undoing_lines(deployment);
  text += stage_lines(target, now, columns);
  if (deployment["paused"]) text += paused_lines(target, now, paint);
  if (deployment["verdict"]) text += verdict_lines(deployment["verdict"], paint);
  std::string by =
      fmt::format("{} ago by {}", format_duration(now - deployment["started"].time().value_or(now)),
                  deployment["by"].text());
  if (const std::string reason = deployment["reason"].text(); !reason.empty()) by += ": " + reason;
  if (const auto ends = deployment["ends"].time(); ends && !deployment["paused"] && *ends > now)
    by += fmt::format("   done at about {}", clock(*ends));
  return text + labelled("started", by);
}

}  // namespace slipway::cli
