#include <algorithm>
#include <vector>

#include "cli/render.h"
#include "cli/render_parts.h"
#include "cli/words.h"

namespace slipway::cli {
namespace {

// So long what was rolled back is the first thing to be said.
constexpr Duration news{3'600'000};

std::string under_way(View target, const Paint& paint) {
  const View deployment = target["deployment"];
  const View stable = target["stable"];
  const std::string name = version_of(deployment["release"]);
  const bool back = deployment["undoing"].yes();
  std::string text;
  if (deployment["stuck"])
    text = paint.red("STUCK") + " while " + (back ? "undoing " : "deploying ") + name;
  else if (back)
    text = paint.yellow("UNDOING " + name);
  else if (deployment["gates"])
    text = paint.bold("WAITING " + name);
  else if (deployment["promoted"])
    text = paint.green("PROMOTED " + name);
  else
    text = paint.bold("CANARY " + name) + fmt::format(" at {} %", target["weight"]["set"].number());
  if (deployment["paused"]) text += "   " + paint.yellow("PAUSED");
  if (const View step = deployment["step"])
    text += fmt::format("   step {} of {}", step["number"].number(), step["of"].number());
  else
    text += fmt::format("   stage {} of {}", deployment["cursor"].number() + 1, deployment["stages"].size());
  if (stable && version_of(stable) != name) text += "   " + version_of(stable) + " stable";
  return text;
}

std::string last_lines(View last, Time now, const Paint& paint) {
  const auto ended = last["ended"].time();
  std::string text = fmt::format("{} {}", version_of(last["release"]), outcome_painted(last, paint));
  if (ended) text += fmt::format(" {} ago", format_duration(now - *ended));
  text += fmt::format(", deployment {} by {}", last["number"].number(), last["by"].text());
  text = labelled("last", text);
  if (const std::string cause = last["cause"].text(); !cause.empty()) text += labelled("", cause);
  if (const std::string times = return_times(last); !times.empty()) text += labelled("", times);
  return text;
}

// What keeps deployments out, lets them in, or waits for somebody.
std::string closed_lines(View target, Time now, const Paint& paint) {
  std::string text;
  for (const Json& json : target["freezes"]) {
    const View freeze(json);
    const auto from = freeze["from"].time(), to = freeze["to"].time();
    if (!from || !to) continue;
    text +=
        labelled("freeze", fmt::format("{} {} to {}, by {}: {}", freeze["number"].number(),
                                       *from <= now ? paint.yellow("FROZEN") : "from " + format_time(*from),
                                       format_time(*to), freeze["by"].text(), freeze["reason"].text()));
  }
  if (const View emergency = target["emergency"])
    if (const auto until = emergency["until"].time())
      text +=
          labelled("emergency", emergency["open"].yes()
                                    ? fmt::format("window open until {}", format_time(*until))
                                    : fmt::format("window asked for by {} of {} people",
                                                  emergency["people"].size(), emergency["needed"].number()));
  for (const Json& json : target["firing"])
    text += labelled("alert", paint.red(View(json)["alert"].text() + " is firing"));
  if (const View offer = target["offer"])
    text += labelled("offer", fmt::format("{} is promoted in {}: slipway deploy {} --from {}",
                                          version_of(offer["release"]), offer["from"].text(),
                                          target["target"]["environment"].text(), offer["from"].text()));
  return text;
}

// The time stands at the page's right edge, below the sentence where it has no room beside it.
std::string header(std::string text, Time now, const Paint& paint, const Page& page) {
  const std::string at = clock(now) + " UTC";
  const std::size_t taken = width(text) + width(at);
  if (page.long_lines == LongLines::folded && taken + 3 > page.columns)
    return folded(text, page.columns, "  ") + "\n" + paint.dim(right(at, page.columns)) + "\n";
  return text + std::string(taken + 3 < page.columns ? page.columns - taken : 3, ' ') + paint.dim(at) + "\n";
}

}  // namespace

std::string labelled(std::string_view label, const std::string& text) {
  return "  " + padded(std::string(label), label_width) + text + "\n";
}

std::string fitted(const std::string& lines, const Page& page) {
  if (page.long_lines == LongLines::whole) return lines;
  return folded_lines(lines, page.columns, std::string(2 + label_width, ' '));
}

std::string sentence(View target, Time now, const Paint& paint) {
  if (target["deployment"]) return under_way(target, paint);
  const View stable = target["stable"];
  const View last = target["last"];
  if (stable) {
    const auto ended = last["ended"].time();
    std::string text = last["outcome"].text() == "rolled_back" && ended && now - *ended < news
                           ? paint.red("ROLLED BACK") + " to " + paint.bold(version_of(stable))
                           : paint.bold(version_of(stable)) + " stable";
    const auto all = static_cast<std::int64_t>(stable["instances"].size());
    if (healthy(stable) < all)
      text += paint.red(fmt::format("   only {} of {} healthy", healthy(stable), all));
    return text;
  }
  if (last)
    return paint.red("NOTHING SERVES") + "   " + version_of(last["release"]) + " " + outcome_text(last);
  return "nothing deployed yet";
}

std::string render_target(View target, Time now, const Paint& paint, const Page& page) {
  std::string text;
  if (const View suspended = target["suspended"])
    text += labelled("SUSPENDED",
                     paint.red("nothing new starts: " +
                               (suspended["reason"] ? suspended["reason"].text() : suspended.text())));
  const std::string under_way =
      progress_lines(target, now, paint, page.columns) + traffic_lines(target, paint);
  if (!under_way.empty()) text += "\n" + under_way;
  if (const View queued = target["queued"])
    text += labelled("queued", fmt::format("{}, deployment {} by {}", version_of(queued["release"]),
                                           queued["number"].number(), queued["by"].text()));
  text += closed_lines(target, now, paint);
  if (target["last"] && !target["deployment"]) text += last_lines(target["last"], now, paint);
  return header(paint.bold(place(target["target"])) + "   " + sentence(target, now, paint), now, paint,
                page) +
         fitted(text, page) + users_table(target, paint, page.columns) +
         instances_tree(target, now, paint, page);
}

std::string render_targets(View targets, Time now, const Paint& paint, const Page& page) {
  if (targets.size() == 0) return "nothing deployed yet: slipway deploy ENV --version V --artifact PATH\n";
  std::vector<std::vector<std::string>> rows;
  for (const Json& json : targets) {
    const View target(json);
    std::string more;
    if (const View deployment = target["deployment"]) {
      more = deployment["stuck"] ? paint.red(deployment["stuck"]["reason"].text())
                                 : deployment["stage"]["text"].text();
    } else if (const View last = target["last"]; const auto ended = last["ended"].time()) {
      more = fmt::format("{} {} {} ago", version_of(last["release"]), outcome_text(last),
                         format_duration(now - *ended));
    }
    const auto before = [&](std::string_view alarm) {
      more.insert(0, paint.red(alarm) + (more.empty() ? "" : "   "));
    };
    if (target["suspended"]) before("SUSPENDED");
    if (target["proxy"]["state"].text() == "down") before("PROXY DOWN");
    rows.push_back({paint.bold(place(target["target"])), sentence(target, now, paint), more});
  }
  return page.long_lines == LongLines::folded ? folded_lines(table(rows), page.columns, "    ") : table(rows);
}

}  // namespace slipway::cli
