#include "server/api/waits.h"

#include "calendar/moment.h"

namespace slipway::server {
namespace {

using Kind = core::Stage::Kind;

std::string left(Time until, Time now) {
  if (until <= now) return "due now";
  return format_duration(until - now) + " left";
}

std::string counted(int number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

std::string starting(const core::Fleet& fleet, Time now) {
  int running = 0;
  const core::Instance* failing = nullptr;
  for (const core::Instance& instance : fleet.instances) {
    if (instance.running) ++running;
    if (!instance.running && instance.failures > 0 && failing == nullptr) failing = &instance;
  }
  std::string text =
      fmt::format("{} of {} started", running, counted(int(fleet.instances.size()), "instance"));
  if (failing != nullptr) {
    text += fmt::format("; {} could not be started{}", failing->name.text(),
                        failing->detail.empty() ? std::string() : ": " + failing->detail);
    if (failing->retry_at)
      text += fmt::format("; the next try is {}", failing->retry_at <= now
                                                      ? std::string("due now")
                                                      : "in " + format_duration(*failing->retry_at - now));
  }
  return text;
}

// Of those that aren't healthy, the one that says most: gone before unhealthy before starting.
const core::Instance* worst(const core::Fleet& fleet) {
  const core::Instance* found = nullptr;
  const auto rank = [](core::Health health) {
    switch (health) {
      case core::Health::gone:
        return 3;
      case core::Health::unhealthy:
        return 2;
      case core::Health::starting:
        return 1;
      case core::Health::healthy:
        return 0;
    }
    return 0;
  };
  for (const core::Instance& instance : fleet.instances)
    if (rank(instance.standing()) > (found == nullptr ? 0 : rank(found->standing()))) found = &instance;
  return found;
}

std::string healthy(const core::Fleet& fleet, Time entered, Time now) {
  std::string text =
      fmt::format("{} of {} healthy", fleet.healthy(), counted(int(fleet.instances.size()), "instance"));
  if (const core::Instance* instance = worst(fleet)) {
    std::string_view state = "is starting";
    if (instance->standing() == core::Health::unhealthy) state = "is unhealthy";
    if (instance->health == core::Health::gone) state = "is gone";
    const std::string why = instance->why();
    text += fmt::format("; {} {}{}", instance->name.text(), state, why.empty() ? why : ": " + why);
    if (instance->restarts > 0) text += fmt::format(" (restarted {}×)", instance->restarts);
  }
  return text + "; " + left(entered + fleet.bound.run.health.grace, now);
}

std::string stopping(const std::optional<core::Fleet>& fleet) {
  if (!fleet) return "the last instances to stop";
  int running = 0;
  for (const core::Instance& instance : fleet->instances)
    if (instance.running || instance.open) ++running;
  return fmt::format("{} of {} to stop", counted(running, "instance"), fleet->release.version);
}

std::string proxy(const core::Traffic& traffic, std::string_view purpose) {
  if (!traffic.problem.empty())
    return fmt::format("the proxy to {}; the last try failed: {}", purpose, traffic.problem);
  return fmt::format("the proxy to {}", purpose);
}

std::string drained(Time until, Time now) {
  return fmt::format("requests in flight to end; {}", left(until, now));
}

// Beyond its end a hold lasts until the judge says that all is well, or until twice its time.
std::string holding(const core::Deployment& deployment, Time now) {
  const core::Stage& stage = deployment.stage();
  const Time until = deployment.entered + stage.duration;
  const auto& verdict = deployment.verdict;
  if (now < until || !verdict || verdict->kind == judge::Verdict::Kind::healthy)
    return fmt::format("the hold at {} % of users to end; {}", stage.weight, left(until, now));
  std::string text = fmt::format("a healthy verdict at {} % of users; it is {}: {}", stage.weight,
                                 judge::name(verdict->kind), verdict->reason);
  if (verdict->kind == judge::Verdict::Kind::undecided) text += "; " + left(until + stage.duration, now);
  return text;
}

// Of the first check that nobody could look at when it was tried last: why, and how it goes on.
std::string unseen(const core::Gating& gating, Time now) {
  for (const core::Checking& checking : gating.checks) {
    if (checking.evidence || checking.problem.empty() || !checking.since) continue;
    const std::string next =
        checking.retry_at
            ? checking.retry_at <= now ? "due now" : "in " + format_duration(*checking.retry_at - now)
            : "under way";
    return fmt::format(
        "; {} couldn't be looked at: {}; the next try is {}, the last one at {}; to set it aside: slipway "
        "override",
        checking.check.name, checking.problem, next, format_time(*checking.since + checking.check.timeout));
  }
  return "";
}

std::string checklist(const core::Gating& gating, Time now) {
  std::vector<std::string> people, checks;
  for (const core::Checking& checking : gating.checks) {
    if (checking.evidence) continue;
    (checking.check.kind == core::Check::Kind::attest ? people : checks).push_back(checking.check.name);
  }
  if (!checks.empty())
    return fmt::format("{} of {} checks: {}{}", checks.size() + people.size(), gating.checks.size(),
                       fmt::join(checks, ", "), unseen(gating, now));
  return fmt::format("somebody to attest: {}", fmt::join(people, ", "));
}

std::string approval(const core::TargetState& state, const core::Deployment& deployment, Time now) {
  const core::Gating& gating = deployment.gating;
  const int missing = gating.needed.needed - int(gating.approvals.size());
  return fmt::format("the approval of {} other than {}: slipway approve {}; {}",
                     missing == 1 ? std::string("somebody") : fmt::format("{} people", missing),
                     deployment.record.by, state.target.environment,
                     left(deployment.entered + gating.needed.expires, now));
}

std::string window(const core::Gating& gating, Time now) {
  if (gating.not_before && *gating.not_before > now)
    return fmt::format("{}, as it was asked for", calendar::format_moment(*gating.not_before));
  return fmt::format("its window{}{}", gating.calendar.rule.empty() ? "" : ": it ", gating.calendar.rule);
}

std::string at_stage(const core::TargetState& state, const core::Deployment& deployment, Time now) {
  const core::Stage& stage = deployment.stage();
  const Time until = deployment.entered + stage.duration;
  switch (stage.kind) {
    case Kind::checklist:
      return checklist(deployment.gating, now);
    case Kind::approval:
      return approval(state, deployment, now);
    case Kind::window:
      return window(deployment.gating, now);
    case Kind::start:
      return state.canary ? starting(*state.canary, now) : "the instances to start";
    case Kind::healthy:
      return state.canary ? healthy(*state.canary, deployment.entered, now) : "the instances to be healthy";
    case Kind::route:
      return proxy(state.traffic, "know the new release");
    case Kind::smoke:
      return "the smoke tests of the new release to end";
    case Kind::shift:
      return proxy(state.traffic, fmt::format("send {} % of users to the new release", stage.weight));
    case Kind::hold:
      return holding(deployment, now);
    case Kind::promote:
      return proxy(state.traffic, "make the new release stable");
    case Kind::verify:
      return "the smoke tests at the public address to end";
    case Kind::bake:
      return fmt::format("the bake to end, with the old release warm; {}", left(until, now));
    case Kind::drain:
      return drained(until, now);
    case Kind::retire:
      return stopping(state.previous);
    case Kind::return_users:
      return proxy(state.traffic, "bring users back");
    case Kind::drain_canary:
      return drained(until, now);
    case Kind::stop_canary:
      return stopping(state.canary);
  }
  return {};
}

}  // namespace

std::string waits_for(const core::TargetState& state, Time now) {
  if (!state.deployment) return {};
  const core::Deployment& deployment = *state.deployment;
  std::string text = at_stage(state, deployment, now);
  if (const auto& paused = deployment.paused) {
    text = fmt::format("somebody to resume it: slipway resume {}; paused {} {}{}", state.target.environment,
                       paused->by.empty() ? "by itself" : "by " + paused->by,
                       fmt::format("since {}", format_time(paused->since)),
                       paused->reason.empty() ? "" : ": " + paused->reason);
  }
  if (deployment.lapsed) {
    const std::string over =
        fmt::format("the lease, which ran out {} ago, to be renewed: users are on stable",
                    format_duration(now - *deployment.lapsed));
    const bool held_by_it = deployment.stage().kind == core::Stage::Kind::hold && !deployment.paused;
    text = held_by_it ? fmt::format("{}; to end it: slipway abort {}", over, state.target.environment)
                      : fmt::format("{}; and for {}", text, over);
  }
  if (deployment.retry_at && *deployment.retry_at > now)
    text += fmt::format("; the next try is in {}", format_duration(*deployment.retry_at - now));
  if (deployment.stuck)
    text +=
        fmt::format("; stuck since {}: {}", format_time(deployment.stuck->since), deployment.stuck->reason);
  return text;
}

}  // namespace slipway::server
