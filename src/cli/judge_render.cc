#include "cli/judge_render.h"

#include "cli/render_parts.h"
#include "cli/words.h"
#include "judge/figure.h"

namespace slipway::cli {
namespace {

using Kind = judge::VerdictKind;

std::string painted(Kind kind, const Paint& paint) {
  switch (kind) {
    case Kind::healthy:
      return paint.green("healthy");
    case Kind::unhealthy:
      return paint.red("unhealthy");
    case Kind::undecided:
      return paint.yellow("undecided");
    case Kind::held:
      return paint.yellow("held");
  }
  return "";
}

std::string when(const Replay::Word& word) {
  const judge::Evidence& evidence = word.evidence;
  if (!word.came) return fmt::format("after all {} that were judged", format_duration(evidence.seen));
  std::string text = date_and_clock(*word.came) + " UTC";
  if (evidence.kind == Kind::unhealthy)
    text += fmt::format(", {} after the canary's first request", format_duration(evidence.seen));
  else
    text += fmt::format("; {} were judged", format_duration(evidence.seen));
  if (evidence.first_bad) text += ", rising since " + clock(*evidence.first_bad);
  return text;
}

}  // namespace

std::string render_judged(const Replay::Word& word, const Paint& paint, const Page& page) {
  const judge::Evidence& evidence = word.evidence;
  std::string text = painted(evidence.kind, paint) + ": " + judge::sentence(evidence) + "\n";
  std::string lines = labelled("verdict came", when(word));
  lines += labelled("requests", fmt::format("{} of the canary, {} of stable; the canary's share {}",
                                            word.canary, word.stable, judge::share_figure(word.share)));
  lines += labelled(
      "evidence", fmt::format("{} that the canary is worse, limit {}", judge::odds_figure(evidence.evidence),
                              judge::odds_figure(evidence.limit)));
  text = fitted(text, page) + fitted(lines, page);
  const std::string metrics = metrics_table(evidence);
  return metrics.empty() ? text : text + "\n" + metrics;
}

}  // namespace slipway::cli
