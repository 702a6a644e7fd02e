#include "core/service.h"

#include <algorithm>

#include "base/text.h"

namespace slipway::core {

SLIPWAY_DEFINE_VALUE(Bound);
bool Bound::operator==(const Bound&) const = default;
SLIPWAY_DEFINE_VALUE(Service);
bool Service::operator==(const Service&) const = default;

namespace {

std::unexpected<Error> no_such_environment(const Service& service, std::string_view environment) {
  std::vector<std::string> names;
  for (const Environment& candidate : service.environments) names.push_back(candidate.name);
  const auto meant = nearest(environment, names);
  return fail(ErrorKind::not_found, "{} has no environment \"{}\"{}; it has {}", service.name, environment,
              meant ? fmt::format(" (did you mean \"{}\"?)", *meant) : std::string(),
              names.empty() ? std::string("none") : fmt::format("{}", fmt::join(names, ", ")));
}

}  // namespace

std::string host_of(const std::string& url, const std::string& listen) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) {
    std::string host = url.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    return host.substr(host.rfind('@') + 1);
  }
  return reachable(listen);
}

std::string reachable(const std::string& listen) {
  for (const std::string_view any : {"*:", "0.0.0.0:", ":::", "[::]:"})
    if (listen.starts_with(any)) return "127.0.0.1:" + listen.substr(any.size());
  return listen;
}

Result<Bound> bind(const Service& service, std::string_view environment) {
  const auto found = std::ranges::find(service.environments, environment, &Environment::name);
  if (found == service.environments.end()) return no_such_environment(service, environment);

  Bound bound;
  bound.listen = found->listen;
  bound.url = found->url;
  bound.run = service.run;
  if (bound.run.health.host.empty()) bound.run.health.host = host_of(found->url, found->listen);
  bound.preview = found->preview;
  bound.sticky = found->sticky;
  bound.strategy = found->canary ? service.canary : service.blue_green;
  bound.rollback_triggers = service.rollback_triggers;
  bound.smoke_tests = service.smoke_tests;
  bound.gates = found->gates;
  bound.gates.github = service.github;
  if (!found->auto_deploy) bound.gates.checklist = service.checklist;
  if (!found->auto_deploy && !found->gates.calendar.windows.empty()) bound.gates.schedule = service.schedule;
  bound.notifications = service.notifications;
  bound.alerts = service.alerts;
  if (found->instances) bound.run.instances = *found->instances;
  for (const auto& [name, value] : found->env) bound.run.env.insert_or_assign(name, value);
  return bound;
}

}  // namespace slipway::core
