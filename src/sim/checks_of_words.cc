#include "sim/checks.h"

// What the judge says, against what users met.
namespace slipway::sim {
namespace {

using judge::Cause;
using Quality = Meeting::Quality;

}  // namespace

void Checks::met(const Meeting& meeting) {
  Seen& seen = targets_[static_cast<std::size_t>(meeting.place)];
  Met& met = seen.heard[meeting.deployment];
  met.requests += meeting.requests;
  met.errors += meeting.errors;
  met.in_step += meeting.requests;
  met.worse = met.worse || meeting.quality != Quality::usual;
  if (std::exchange(met.quality, meeting.quality) != meeting.quality) met.alike = met.seconds = 0;
  met.alike += meeting.requests;
  met.seconds += 1;
  for (auto& [number, other] : seen.heard)
    if (number != meeting.deployment) other.beside += meeting.requests;
}

void Checks::judged(const core::Target& target, const core::VerdictChanged& word) {
  Seen& seen = this->seen(target);
  seen.word = word;
  const auto found = seen.heard.find(word.deployment);
  const Met met = found == seen.heard.end() ? Met{} : found->second;
  const auto& evidence = word.verdict.evidence;
  if (evidence && (evidence->requests > met.requests || evidence->errors > met.errors))
    broke("heard",
          fmt::format("deployment {} of {}: the judge speaks of {} requests and {} errors, and there "
                      "were {} and {}",
                      word.deployment, target.text(), evidence->requests, evidence->errors, met.requests,
                      met.errors));
  if (word.verdict.kind == judge::Verdict::Kind::unhealthy) check_unhealthy(seen, target, word);
  if (word.verdict.kind == judge::Verdict::Kind::healthy)
    check_healthy(seen, world_.scene.index(target), word);
}

void Checks::check_unhealthy(const Seen& seen, const core::Target& target, const core::VerdictChanged& word) {
  const auto& evidence = word.verdict.evidence;
  if (!evidence || (evidence->cause != Cause::relative && evidence->cause != Cause::fast_path)) return;
  const auto met = seen.heard.find(word.deployment);
  if (met != seen.heard.end() && met->second.worse) return;
  broke("fair", fmt::format("deployment {} of {} is taken back, whose users met nothing unusual: {}",
                            word.deployment, target.text(), word.verdict.reason));
}

void Checks::check_healthy(const Seen& seen, int place, const core::VerdictChanged& word) {
  constexpr std::int64_t enough = 300;
  constexpr std::int64_t seconds = 6;
  const auto found = seen.heard.find(word.deployment);
  const Met met = found == seen.heard.end() ? Met{} : found->second;
  const std::string whose = fmt::format("deployment {} of {} is called healthy", word.deployment,
                                        world_.scene.place(place).target.text());
  const auto& evidence = word.verdict.evidence;
  const bool early = evidence && evidence->cause == Cause::accepted;
  // While the lease is over nothing follows from a word, and it is asked for anew.
  const core::TargetState* state = journal(place);
  const bool lapsed = state != nullptr && state->deployment && state->deployment->lapsed;
  const bool holds = seen.hold && seen.hold->deployment == word.deployment && !lapsed;
  if (holds && !early && met.in_step == 0)
    broke("unfit", fmt::format("{}, and nothing was heard of its users in this step", whose));
  if (met.seconds < seconds) return;
  if (met.quality == Quality::failing && met.alike >= enough)
    broke("unfit", fmt::format("{}, and its users fail: {}", whose, word.verdict.reason));
}

}  // namespace slipway::sim
