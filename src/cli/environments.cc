// slipway environments: what runs where, since when, and what differs.
#include "cli/commands.h"
#include "cli/render_environments.h"
#include "cli/target.h"

namespace slipway::cli {
namespace {

// What the file would change where it is; a plan of what runs there says so. Nothing: that can't be told.
Outcome<std::optional<std::vector<std::string>>> changes_of(Desk& desk, const TargetName& name, View stable,
                                                            const Configuration& configuration) {
  if (!stable) return std::nullopt;
  const Outcome<Answer> plan = desk.client.post(name.path() + "/plan", {{"version", stable["version"].json()},
                                                                        {"digest", stable["digest"].json()},
                                                                        {"config", configuration.text}});
  if (!plan && plan.error().exit == Exit::unreachable) return std::unexpected(plan.error());
  if (!plan) return std::nullopt;
  std::vector<std::string> changes;
  for (const Json& json : View(plan->body)["changes"]) changes.push_back(one_line(View(json)["what"].text()));
  return changes;
}

Outcome<Place> place_of(Desk& desk, const core::Environment& environment, View target,
                        const Configuration& configuration) {
  const TargetName name{configuration.service.name, environment.name};
  const Time now = desk.around.now();
  auto hours = hours_of(environment.gates, target, now, now + known_ahead);
  if (!hours)
    return fail_with(Exit::usage, hours.error().kind, "{}: {}", environment.name, hours.error().message);
  Place place{environment.name, *std::move(hours), environment.gates.after, target.json(), std::nullopt};
  TRY(place.changes, changes_of(desk, name, place.stable(), configuration));
  return place;
}

}  // namespace

Outcome<void> environments(Desk& desk, const Environments& options) {
  TRY(const Configuration configuration, read_configuration(desk, options.file));
  TRY(const Answer answer, desk.client.get("/api/v1/targets"));
  const View targets = View(answer.body)["targets"];
  const core::Service& service = configuration.service;
  Places places{service.name, options.file, {}};
  for (const core::Environment& environment : service.environments) {
    const View target = target_of(targets, {service.name, environment.name});
    TRY(Place place, place_of(desk, environment, target, configuration));
    places.all.push_back(std::move(place));
  }
  for (const Json& json : targets) {
    const View name = View(json)["target"];
    if (name["service"].text() != service.name || core::bind(service, name["environment"].text())) continue;
    places.all.push_back({name["environment"].text(), std::nullopt, {}, json, std::nullopt});
  }
  if (desk.format == Format::json)
    desk.print(environments_json(places, desk.around.now()));
  else
    desk.show(render_environments(places, desk.around.now(), desk.paint, desk.page()));
  return {};
}

}  // namespace slipway::cli
