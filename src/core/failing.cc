#include <algorithm>

#include "core/turn.h"

// What ends a deployment before promotion, whatever the judge says.
namespace slipway::core {
namespace {

using Kind = Stage::Kind;

constexpr int crash_loop = 3;  // restarts of an instance that isn't healthy

bool counts_as_progress(Kind kind) {
  return kind == Kind::start || kind == Kind::healthy || kind == Kind::route || kind == Kind::smoke ||
         kind == Kind::shift || kind == Kind::promote;
}

std::string unhealthy_ones(const Fleet& fleet) {
  std::string list;
  for (const Instance& instance : fleet.instances) {
    if (instance.standing() == Health::healthy) continue;
    const std::string why = instance.why();
    list += fmt::format("{}{}: {}", list.empty() ? "" : "; ", instance.name.text(),
                        why.empty() ? "no answer yet" : why);
  }
  return list;
}

std::string what_it_printed(const TargetState& state, const Instance& instance) {
  return fmt::format("; what it printed: slipway logs {} --instance {}", state.target.text(),
                     instance.name.text());
}

// The daemon finds them healthy, the proxy doesn't: users would get nothing from them.
std::optional<std::string> unknown_to_the_proxy(const TargetState& state, Time now) {
  const auto until = proxy_grace(state);
  if (!until || now < *until) return std::nullopt;
  const Fleet& canary = *state.canary;
  const auto down = std::ranges::count(canary.instances, Seen::down, &Instance::seen);
  if (down == 0) return std::nullopt;
  return fmt::format("the proxy counts {} of {} instances of {} as down, which the daemon finds healthy: {}",
                     down, canary.bound.run.instances, canary.release.version, unhealthy_ones(canary));
}

}  // namespace

std::optional<Time> proxy_grace(const TargetState& state) {
  const Deployment& deployment = *state.deployment;
  const Kind kind = deployment.stage().kind;
  if ((kind != Kind::shift && kind != Kind::promote) || deployment.exposed || deployment.paused ||
      deployment.undoing || state.traffic.open)
    return std::nullopt;
  return deployment.entered + state.canary->bound.run.health.grace;
}

std::optional<Time> progress_deadline(const TargetState& state) {
  const Deployment& deployment = *state.deployment;
  // Where nobody is moved forward, by a person or since it is closed, nobody waits for progress.
  if (deployment.undoing || deployment.paused || deployment.gating.said ||
      !counts_as_progress(deployment.stage().kind))
    return std::nullopt;
  return deployment.entered + state.canary->bound.run.progress_deadline - deployment.spent;
}

std::optional<std::string> failure(const TargetState& state, Time now) {
  const Deployment& deployment = *state.deployment;
  if (deployment.undoing || promoted(deployment) || gating(state)) return std::nullopt;
  const Fleet& canary = *state.canary;
  for (const Instance& instance : canary.instances) {
    if (instance.health == Health::healthy || instance.restarts < crash_loop) continue;
    return fmt::format("instance {} of {} keeps ending: {}{}", instance.name.text(), canary.release.version,
                       instance.detail, what_it_printed(state, instance));
  }
  const Duration grace = canary.bound.run.health.grace;
  // The last one may have become healthy just as its time was over.
  const bool all_healthy = canary.healthy() == canary.bound.run.instances;
  if (deployment.stage().kind == Kind::healthy && !all_healthy && now >= deployment.entered + grace)
    return fmt::format("{} of {} instances of {} were healthy within {}; {}{}", canary.healthy(),
                       canary.bound.run.instances, canary.release.version, format_duration(grace),
                       unhealthy_ones(canary),
                       what_it_printed(state, *std::ranges::find_if(canary.instances, [](const Instance& i) {
                                         return i.health != Health::healthy;
                                       })));
  if (const auto cause = unknown_to_the_proxy(state, now)) return cause;
  const auto deadline = progress_deadline(state);
  if (!deadline || now < *deadline) return std::nullopt;
  std::string why = state.traffic.problem.empty() ? unhealthy_ones(canary) : state.traffic.problem;
  return fmt::format("no progress within {}, at the stage \"{}\"{}{}",
                     format_duration(canary.bound.run.progress_deadline), name(deployment.stage().kind),
                     why.empty() ? "" : ": ", why);
}

OutcomeKind outcome_of_failure(const TargetState& state) {
  const bool first = promoted(*state.deployment) ? !state.previous : !state.stable;
  if (first) return OutcomeKind::failed;
  return holds_users(state) ? OutcomeKind::rolled_back : OutcomeKind::aborted;
}

}  // namespace slipway::core
