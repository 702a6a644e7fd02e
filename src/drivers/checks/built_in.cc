#include "drivers/checks/built_in.h"

#include <variant>

#include "drivers/checks/capacity.h"
#include "drivers/engine/expand.h"
#include "drivers/engine/program_file.h"
#include "drivers/engine/secrets.h"

namespace slipway::drivers::checks {
namespace {

core::Evidence passed(std::string summary) {
  return {.passed = true, .summary = std::move(summary)};
}

Result<core::Evidence> rollback_plan(const core::RunCheck& run) {
  if (!run.replaces)
    return passed("it is the first release: there is nothing to go back to, and users get 503 if it fails");
  const std::string time = format_duration(run.way_back);
  if (run.rollback_within && run.way_back > *run.rollback_within)
    return fail(ErrorKind::invalid_input,
                "going back could take {}, and rollback_within allows {}; shorten run.health.grace or the "
                "strategy's lease, or allow more",
                time, format_duration(*run.rollback_within));
  return passed(fmt::format(
      "one switch back while the old release is warm, then a start of it: {} at most{}", time,
      run.rollback_within ? fmt::format(", of {} allowed", format_duration(*run.rollback_within)) : ""));
}

// As far as it can be told before an instance starts: the port isn't known yet, and isn't in a program's
// name.
Result<core::Evidence> configuration_resolves(const core::Target& target, const core::RunCheck& run,
                                              const ArtifactStore& artifacts) {
  std::vector<std::string> problems;
  int secrets = 0;
  for (const auto& [name, value] : run.run.env) {
    const auto* secret = std::get_if<core::SecretRef>(&value);
    if (secret == nullptr) continue;
    ++secrets;
    const auto found = resolve(*secret);
    if (found) continue;
    const std::string problem = fmt::format("the secret {}: {}", name, found.error().message);
    if (found.error().kind == ErrorKind::unavailable) return fail(ErrorKind::unavailable, "{}", problem);
    problems.push_back(problem);
  }
  const std::map<std::string, std::string> given{{"PORT", "0"},
                                                 {"SLIPWAY_SERVICE", target.service},
                                                 {"SLIPWAY_ENVIRONMENT", target.environment},
                                                 {"SLIPWAY_VERSION", run.release.version},
                                                 {"SLIPWAY_REVISION", std::to_string(run.release.revision)},
                                                 {"SLIPWAY_INSTANCE", "1-1"}};
  core::EnvironmentVariables env = run.run.env;
  for (const auto& [name, value] : given) env.erase(name);
  env.emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  auto expanded = expand(run.run.command, env, given);
  if (!expanded) {
    problems.push_back(expanded.error().message);
  } else if (expanded->command.empty()) {
    problems.emplace_back("run.command is empty");
  } else if (!artifacts.has(run.release.digest)) {
    problems.push_back(
        fmt::format("the artifact of {} isn't in store any more; deploy it again", run.release.version));
  } else if (const auto program = program_file(expanded->command.front(),
                                               std::filesystem::absolute(artifacts.path(run.release.digest)),
                                               expanded->env["PATH"]);
             !program) {
    problems.push_back(program.error().message);
  }
  if (!problems.empty()) return fail(ErrorKind::invalid_input, "{}", fmt::join(problems, "; "));
  return passed(fmt::format("{} {}, and {} is there", secrets,
                            secrets == 1 ? "secret has its value" : "secrets have their values",
                            expanded->command.front()));
}

Result<core::Evidence> traffic_healthy(const core::Target& target, const core::RunCheck& run,
                                       const World& world) {
  if (!run.replaces) return passed("it is the first release: no users are served yet");
  if (const Status answers = world.proxy(target); !answers)
    return fail(ErrorKind::invalid_input, "the proxy doesn't answer: {}", answers.error().message);
  const std::string counted =
      fmt::format("{} of {} instances of the stable release are healthy", run.healthy, run.stable.instances);
  if (run.healthy != run.stable.instances)
    return fail(ErrorKind::invalid_input, "{}; see why with slipway logs before you add to it", counted);
  return passed("the proxy answers, and " + counted);
}

Result<core::Evidence> alerts_armed(const core::RunCheck& run) {
  if (run.alerts == 0) return fail(ErrorKind::invalid_input, "there are no alerts; write some under alerts:");
  const std::string alerts = run.alerts == 1 ? "1 alert" : fmt::format("{} alerts", run.alerts);
  // Armed it is all the same: it is looked at from the first user on, and status shows it.
  if (run.alarms.empty())
    return passed(
        fmt::format("{}; shown in status, nobody is told: add `alert` to notifications' `on`", alerts));
  for (const core::Channel& channel : run.alarms) {
    std::vector<core::SecretRef> needed;
    if (const auto* url = std::get_if<core::SecretRef>(&channel.url)) needed.push_back(*url);
    if (channel.signing) needed.push_back(*channel.signing);
    for (const core::SecretRef& secret : needed)
      if (auto found = resolve(secret); !found)
        return std::unexpected(std::move(found.error()).within("a channel that is to hear of alerts"));
  }
  return passed(
      fmt::format("{}; shown in status, told to {}", alerts,
                  run.alarms.size() == 1 ? "1 channel" : fmt::format("{} channels", run.alarms.size())));
}

Result<core::Evidence> capacity(const core::Target& target, const core::RunCheck& run, const World& world) {
  TRY(const Room left, room());
  return fits(left, run.replaces ? use_of(world.running(target)) : std::vector<Use>(), run.run.instances);
}

}  // namespace

Result<core::Evidence> look(const core::Target& target, const core::RunCheck& run, const World& world,
                            const ArtifactStore& artifacts) {
  switch (run.check.builtin) {
    case core::Check::Builtin::rollback_plan:
      return rollback_plan(run);
    case core::Check::Builtin::configuration_resolves:
      return configuration_resolves(target, run, artifacts);
    case core::Check::Builtin::traffic_healthy:
      return traffic_healthy(target, run, world);
    case core::Check::Builtin::alerts_armed:
      return alerts_armed(run);
    case core::Check::Builtin::capacity:
      return capacity(target, run, world);
  }
  return fail(ErrorKind::internal, "a built-in check without a subject");
}

}  // namespace slipway::drivers::checks
