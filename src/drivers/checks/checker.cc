#include "drivers/checks/checker.h"

#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/digest.h"
#include "drivers/probe/http_get.h"
#include "os/clock.h"

namespace slipway::drivers {
namespace {

using Clock = std::chrono::steady_clock;
using core::Outcome;

Duration since(Clock::time_point begun) {
  return std::chrono::duration_cast<Duration>(Clock::now() - begun);
}

Result<core::Evidence> ask(const core::Check& check) {
  const auto begun = Clock::now();
  const auto answer = http_get(check.url, check.timeout);
  if (!answer) return fail(answer.error().kind, "{}: {}", check.url, answer.error().message);
  core::Evidence evidence{.digest = sha256_hex(answer->body)};
  const auto wrong = mismatch(*answer, check.expect);
  evidence.passed = !wrong;
  evidence.summary = wrong ? fmt::format("{}: {}", check.url, *wrong)
                           : fmt::format("{} answered as expected, with status {}, after {}", check.url,
                                         answer->status, format_duration(since(begun)));
  return evidence;
}

}  // namespace

Checker::Checker(const ArtifactStore& artifacts, const std::string& user, checks::World world)
    : artifacts_(artifacts), commands_(artifacts, user), world_(std::move(world)) {}

std::optional<Outcome> Checker::observe(const core::Effect&) {
  return std::nullopt;
}

Outcome Checker::perform(const core::Effect& effect) {
  const auto* run = std::get_if<core::RunCheck>(&effect.body);
  CHECK(run != nullptr);
  return check(effect.id.target, *run);
}

Result<core::Evidence> Checker::run_command(const core::Target& target, const core::RunCheck& run) const {
  const checks::Order order{
      .target = target,
      .release = run.release,
      .command = run.check.command,
      .env = {{"SLIPWAY_COMMIT", run.source.commit}, {"SLIPWAY_BRANCH", run.source.branch}},
      .timeout = run.check.timeout};
  TRY(const checks::Ran ran, commands_.run(order));
  return core::Evidence{
      .passed = ran.finished.ok(), .summary = describe(ran, order), .tail = ran.tail, .digest = ran.digest};
}

checks::Answer Checker::look(const core::Target& target, const core::RunCheck& run) const {
  switch (run.check.kind) {
    case core::Check::Kind::run:
      return {run_command(target, run)};
    case core::Check::Kind::http:
      return {ask(run.check)};
    case core::Check::Kind::github:
      return checks::ask_github(run);
    case core::Check::Kind::builtin:
      return {checks::look(target, run, world_, artifacts_)};
    case core::Check::Kind::attest:
      return {fail(ErrorKind::invalid_input, "it is for a person to say: slipway attest {} \"{}\"",
                   target.text(), run.check.name)};
  }
  return {fail(ErrorKind::internal, "a check without a kind")};
}

Outcome Checker::check(const core::Target& target, const core::RunCheck& run) const {
  const auto begun = Clock::now();
  auto [seen, retry_after] = look(target, run);
  Outcome outcome;
  if (!seen && seen.error().kind == ErrorKind::unavailable) {
    outcome.status = Outcome::Status::unavailable;
    outcome.message = std::move(seen.error().message);
    outcome.retry_after = retry_after;
    return outcome;
  }
  core::Evidence evidence = seen ? *std::move(seen) : core::Evidence{.summary = seen.error().message};
  evidence.check = run.check.name;
  evidence.artifact = run.release.digest;
  evidence.at = os::wall_now();
  evidence.took = since(begun);
  outcome.evidence = std::move(evidence);
  return outcome;
}

}  // namespace slipway::drivers
