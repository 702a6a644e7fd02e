#include "scenario/status.h"

#include <fmt/ranges.h>

#include "core/step.h"
#include "scenario/describe.h"

namespace slipway::scenario {
namespace {

using namespace core;

using Lines = std::vector<std::string>;

void add_role(Lines& lines, std::string_view name, const std::optional<Fleet>& fleet) {
  if (!fleet) return;
  lines.push_back(fmt::format("  {}: {} of deployment {}, pool {}, {} of {} healthy", name,
                              fleet->release.version, fleet->deployment, pool_name(fleet->pool),
                              fleet->healthy(), fleet->instances.size()));
}

void add_gates(Lines& lines, const Gating& gating) {
  Lines checks;
  for (const Checking& checking : gating.checks)
    checks.push_back((checking.evidence ? checking.evidence->passed ? "✓ " : "✗ "
                      : checking.open   ? "… "
                                        : "• ") +
                     checking.check.name);
  if (!checks.empty()) lines.push_back(fmt::format("  checklist: {}", fmt::join(checks, ", ")));
  if (gating.request && gating.needed.needed > 0)
    lines.push_back(
        fmt::format("  approvals: {} of {} needed", gating.approvals.size(), gating.needed.needed));
}

void add_deployment(Lines& lines, const Deployment& deployment) {
  lines.push_back(fmt::format("  deployment {}: {}{}", deployment.record.number,
                              name(deployment.stage().kind), deployment.undoing ? ", going back" : ""));
  if (deployment.paused) lines.emplace_back("  paused");
  add_gates(lines, deployment.gating);
  for (const Firing& firing : deployment.firing)
    lines.push_back(fmt::format("  alert {} fires: {:.6g}", firing.alert, firing.value));
}

void add_calendar(Lines& lines, const TargetState& state) {
  for (const Freeze& freeze : state.freezes)
    lines.push_back(fmt::format("  freeze {} by {}: {}", freeze.number, freeze.by, freeze.reason));
  if (state.emergency)
    lines.push_back(fmt::format("  emergency: {} of {} people{}", state.emergency->people.size(),
                                state.emergency->rule.people, state.emergency->open() ? ", open" : ""));
}

}  // namespace

Lines status_of(const TargetState& state, Time now) {
  Lines lines;
  add_role(lines, "stable", state.stable);
  add_role(lines, "canary", state.canary);
  add_role(lines, "previous", state.previous);
  lines.push_back("  users: " +
                  (state.traffic.applied ? describe(*state.traffic.applied) : std::string("unknown")));
  if (state.deployment) add_deployment(lines, *state.deployment);
  if (const auto judging = duties(state).judging)
    lines.push_back(fmt::format("  judged: pool {}, users on it for {}, in this step for {}",
                                pool_name(judging->canary), format_duration(now - judging->question.exposed),
                                format_duration(now - judging->question.step)));
  if (state.deployment && state.deployment->stuck)
    lines.push_back("  stuck: " + state.deployment->stuck->reason);
  if (state.queued) lines.push_back("  queued: " + state.queued->request.release.version);
  add_calendar(lines, state);
  if (!state.outbox.empty()) lines.push_back(fmt::format("  letters that wait: {}", state.outbox.size()));
  if (state.offer)
    lines.push_back(fmt::format("  offered: {} from {}", state.offer->release.version, state.offer->from));
  if (duties(state).lease) lines.emplace_back("  lease renewed");
  if (const auto alarm = duties(state).alarm)
    lines.push_back(fmt::format("  alerts armed: {}", alarm->alerts.size()));
  return lines;
}

}  // namespace slipway::scenario
